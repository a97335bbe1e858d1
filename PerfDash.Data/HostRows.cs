namespace PerfDash.Data;

/// <summary>
/// The host's tables as PerfDash reads them: subqueries to stand where a table's name would, and what the entities of the
/// same name map to. Any program may have written these rows, and PostgreSQL holds dates, numbers and texts that .NET does not
/// (the year 57881, −infinity, a price of 30 decimals or NaN, a name of a megabyte). Here such a value becomes NULL, or a text is
/// cut, so that an odd row costs itself and nothing else. PostgreSQL merges the subqueries into what surrounds them: keys and
/// indexes work as on the table.
/// </summary>
public static class HostRows
{
    /// <summary>Characters of a name or key that are read; longer ones end with an ellipsis.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Characters of a job's error that are read.</summary>
    public const int MaxErrorLength = 4_000;

    /// <summary>Characters of a job's parameters, as JSON text, up to which they are read; longer ones are NULL.</summary>
    public const int MaxJsonLength = 1_000_000;

    /// <summary>The highest price of a GPU hour that counts, in the farm's currency. One that is negative, NaN or above counts as none.</summary>
    public const long MaxGpuHourPrice = 1_000_000_000;

    /// <summary>Workflows: <c>id, name, external_id, created_at, merged_into</c>; the last is PerfDash's own.</summary>
    public static readonly string Workflows =
        $"""
        (SELECT id, {Name("Workflow")} AS name, {Cut("external_id")} AS external_id, {Moment("created_at")} AS created_at,
                (SELECT x.merged_into FROM merged_workflows AS x WHERE x.workflow_id = workflows.id) AS merged_into FROM workflows)
        """;

    /// <summary>Workers: <c>id, name, external_id, gpu_model, gpu_vram_mb, gpu_hour_price, created_at</c>. A price is a decimal of at most 12 places.</summary>
    public static readonly string Workers =
        $"""
        (SELECT id, {Name("Worker")} AS name, {Cut("external_id")} AS external_id, {Cut("gpu_model")} AS gpu_model,
                CASE WHEN gpu_vram_mb BETWEEN 1 AND 2147483647 THEN gpu_vram_mb::int4 END AS gpu_vram_mb,
                CASE WHEN {PriceCounts} THEN round(gpu_hour_price::numeric, 12) END AS gpu_hour_price, {Moment("created_at")} AS created_at FROM workers)
        """;

    /// <summary>Projects: <c>id, name, created_at</c>.</summary>
    public static readonly string Projects = Named("projects", "Project");

    /// <summary>Characters: as <see cref="Projects"/>.</summary>
    public static readonly string Characters = Named("characters", "Character");

    /// <summary>Scenes: as <see cref="Projects"/>.</summary>
    public static readonly string Scenes = Named("scenes", "Scene");

    /// <summary>Jobs, every column of the table. The external id is whole, because it is looked up by: cut it where it is listed.</summary>
    public static readonly string Jobs =
        $"""
        (SELECT id, external_id, workflow_id, worker_id, project_id, character_id, scene_id, status,
                CASE WHEN length(parameters::text) <= {MaxJsonLength} THEN parameters END AS parameters, result, {Cut("error", MaxErrorLength)} AS error,
                {Moment("created_at")} AS created_at, {Moment("started_at")} AS started_at, {Moment("completed_at")} AS completed_at FROM jobs)
        """;

    /// <summary>The condition, over <c>workers</c>, that a price counts.</summary>
    public static string PriceCounts => $"gpu_hour_price BETWEEN 0 AND {MaxGpuHourPrice}";

    /// <summary>A moment within the years .NET knows, 1 to 9999, else NULL.</summary>
    public static string Moment(string column) => $"CASE WHEN {IsMoment(column)} THEN {column} END";

    /// <summary>The condition that <paramref name="column"/> is a moment .NET can hold; NULL where it is NULL.</summary>
    public static string IsMoment(string column) => $"{column} BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'";

    /// <summary>The first characters of a text, and an ellipsis where there are more.</summary>
    public static string Cut(string text, int length = MaxNameLength) =>
        $"CASE WHEN length({text}) > {length} THEN left({text}, {length}) || '…' ELSE {text} END";

    private static string Named(string table, string kind) => $"(SELECT id, {Name(kind)} AS name, {Moment("created_at")} AS created_at FROM {table})";

    // A blank name could be neither read nor clicked.
    private static string Name(string kind) => $"CASE WHEN name ~ '\\S' THEN {Cut("name")} ELSE '{kind} ' || id END";
}
