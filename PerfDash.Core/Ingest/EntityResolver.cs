using Npgsql;

namespace PerfDash.Core.Ingest;

/// <summary>The workflows, workers, projects, characters and scenes that reports name, looked up or created.</summary>
internal sealed class EntityResolver
{
    private readonly Dictionary<string, Dictionary<long, string>> _ids = [];
    private readonly Dictionary<string, Dictionary<string, long>> _keys = [];
    private readonly Dictionary<long, long> _merged = [];

    /// <summary>Looks up every id, so that <see cref="ErrorOf"/> can decide.</summary>
    public static async Task<EntityResolver> FindAsync(NpgsqlConnection connection, List<JobReport> reports, CancellationToken cancellationToken)
    {
        var references = new EntityResolver();
        await references.FindIdsAsync(connection, "workflows", reports.Select(r => r.Workflow?.Id), cancellationToken);
        await references.FindIdsAsync(connection, "workers", reports.Select(r => r.Worker?.Id), cancellationToken);
        await references.FindIdsAsync(connection, "projects", reports.Select(r => r.ProjectId), cancellationToken);
        await references.FindIdsAsync(connection, "characters", reports.Select(r => r.CharacterId), cancellationToken);
        await references.FindIdsAsync(connection, "scenes", reports.Select(r => r.SceneId), cancellationToken);
        return references;
    }

    /// <summary>
    /// Looks up what is named by key, and creates what is not there. Only for reports that will be stored: one that is
    /// refused must not leave a new workflow behind.
    /// </summary>
    public async Task CreateAsync(NpgsqlConnection connection, ReportTables tables, List<JobReport> reports, CancellationToken cancellationToken)
    {
        await FindOrCreateAsync(connection, tables, "workflows", reports.Select(r => r.Workflow), cancellationToken);
        await FindOrCreateAsync(connection, tables, "workers", reports.Select(r => r.Worker), cancellationToken);
        await FindOrCreateByNameAsync(connection, "projects", reports.Select(r => r.ProjectName), cancellationToken);
        await FindOrCreateByNameAsync(connection, "characters", reports.Select(r => r.CharacterName), cancellationToken);
        await FindOrCreateByNameAsync(connection, "scenes", reports.Select(r => r.SceneName), cancellationToken);
        await FindMergedAsync(connection, cancellationToken);
    }

    /// <summary>Why a report's references cannot be followed, or null when they can.</summary>
    public string? ErrorOf(JobReport report) =>
        Missing("workflows", "workflow.id", report.Workflow is { IsExported: false } workflow ? workflow.Id : null)
        ?? Missing("workers", "worker.id", report.Worker is { IsExported: false } worker ? worker.Id : null)
        ?? Missing("projects", "project_id", report.ProjectId)
        ?? Missing("characters", "character_id", report.CharacterId)
        ?? Missing("scenes", "scene_id", report.SceneId);

    /// <summary>The workflow, or the one it was merged into.</summary>
    public long? WorkflowId(JobReport report) => IdOf("workflows", report.Workflow) is { } id ? _merged.GetValueOrDefault(id, id) : null;

    public long? WorkerId(JobReport report) => IdOf("workers", report.Worker);

    public long? ProjectId(JobReport report) => report.ProjectId ?? Named("projects", report.ProjectName);

    public long? CharacterId(JobReport report) => report.CharacterId ?? Named("characters", report.CharacterName);

    public long? SceneId(JobReport report) => report.SceneId ?? Named("scenes", report.SceneName);

    private long? Named(string table, string? name) => name is null ? null : _keys[table][name];

    private long? IdOf(string table, EntityReference? reference) =>
        reference is null ? null : IsNamedById(table, reference) ? reference.Id : _keys[table][reference.ExternalId!];

    private bool IsNamedById(string table, EntityReference reference) =>
        reference.Id is { } id && (!reference.IsExported || (_ids[table].TryGetValue(id, out var name) && name == reference.Name));

    private string? Missing(string table, string field, long? id) =>
        id is { } value && !_ids[table].ContainsKey(value) ? $"{field} {value} does not exist" : null;

    private async Task FindIdsAsync(NpgsqlConnection connection, string table, IEnumerable<long?> ids, CancellationToken cancellationToken)
    {
        var found = _ids[table] = [];
        var wanted = ids.OfType<long>().Distinct().ToArray();
        if (wanted.Length == 0)
            return;
        await using var command = new NpgsqlCommand($"SELECT id, name FROM {table} WHERE id = ANY($1)", connection) { Parameters = { new() { Value = wanted } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found.Add(reader.GetInt64(0), reader.GetString(1));
    }

    private async Task FindOrCreateAsync(
        NpgsqlConnection connection, ReportTables tables, string table, IEnumerable<EntityReference?> references, CancellationToken cancellationToken)
    {
        var byKey = references.OfType<EntityReference>().Where(r => !IsNamedById(table, r)).GroupBy(r => r.ExternalId!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        string[] keys = [.. byKey.Keys.Order(StringComparer.Ordinal)];
        var found = _keys[table] = await FindKeysAsync(connection, table, "external_id", keys, cancellationToken);
        string[] absent = [.. keys.Where(k => !found.ContainsKey(k))];
        if (absent.Length == 0)
            return;
        var gpu = table == "workers";
        await using (var insert = new NpgsqlCommand(
            $"""
            INSERT INTO {table} (external_id, name{(gpu ? ", gpu_model" : "")})
            SELECT external_id, name{(gpu ? ", gpu_model" : "")} FROM unnest($1, $2, $3::text[]) AS r(external_id, name, gpu_model) ORDER BY 1
            {tables.OnConflict(table)}
            """,
            connection))
        {
            insert.Parameters.Add(new() { Value = absent });
            insert.Parameters.Add(new() { Value = absent.Select(k => byKey[k].Name ?? k).ToArray() });
            insert.Parameters.Add(new() { Value = absent.Select(k => byKey[k].GpuModel).ToArray() });
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        foreach (var (key, id) in await FindKeysAsync(connection, table, "external_id", absent, cancellationToken))
            found.Add(key, id);
    }

    // Plan: the primary key.
    private async Task FindMergedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        long[] ids = [.. _ids["workflows"].Keys, .. _keys["workflows"].Values];
        await using var command = new NpgsqlCommand("SELECT workflow_id, merged_into FROM merged_workflows WHERE workflow_id = ANY($1)", connection) { Parameters = { new() { Value = ids } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            _merged[reader.GetInt64(0)] = reader.GetInt64(1);
    }

    // These have no key of another system: a name is one, and of several with that name the oldest.
    private async Task FindOrCreateByNameAsync(NpgsqlConnection connection, string table, IEnumerable<string?> names, CancellationToken cancellationToken)
    {
        string[] wanted = [.. names.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var found = _keys[table] = await FindKeysAsync(connection, table, "name", wanted, cancellationToken);
        string[] absent = [.. wanted.Where(n => !found.ContainsKey(n))];
        if (absent.Length == 0)
            return;
        await using var insert = new NpgsqlCommand($"INSERT INTO {table} (name) SELECT unnest($1) RETURNING name, id", connection) { Parameters = { new() { Value = absent } } };
        await using var reader = await insert.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found[reader.GetString(0)] = reader.GetInt64(1);
    }

    private static async Task<Dictionary<string, long>> FindKeysAsync(
        NpgsqlConnection connection, string table, string column, string[] keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        if (keys.Length == 0)
            return found;
        await using var command = new NpgsqlCommand($"SELECT {column}, min(id) FROM {table} WHERE {column} = ANY($1) GROUP BY {column}", connection) { Parameters = { new() { Value = keys } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found.Add(reader.GetString(0), reader.GetInt64(1));
        return found;
    }
}
