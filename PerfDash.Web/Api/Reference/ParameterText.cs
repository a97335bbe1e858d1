using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using PerfDash.Core.Jobs;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Api.Reference;

/// <summary>What a parameter is, for the API's description: routes read them as text and validate them by themselves.</summary>
/// <param name="Meaning">Meaning, unit and range.</param>
/// <param name="Schema">Its type.</param>
/// <param name="Required">True where the route refuses to answer without.</param>
internal sealed record ParameterText(string Meaning, OpenApiSchema Schema, bool Required = false)
{
    private const string Moment = "ISO 8601, UTC where no offset is given, or relative: now, now-24h (units m, h, d, w)";

    private static readonly FrozenDictionary<string, ParameterText> Known = new Dictionary<string, ParameterText>
    {
        ["from"] = new($"Start of the range, inclusive. {Moment}. Default: 30 days before to.", Words("now-7d")),
        ["to"] = new($"End of the range, exclusive. {Moment}. Default: now.", Words("now")),
        ["before_from"] = new($"Start of the range before, inclusive. {Moment}. Default: 30 days before before_to.", Words("now-60d")),
        ["before_to"] = new($"End of the range before, exclusive. {Moment}. Default: after_from.", Words("now-30d")),
        ["after_from"] = new($"Start of the range after, inclusive. {Moment}. Default: 30 days before after_to.", Words("now-30d")),
        ["after_to"] = new($"End of the range after, exclusive. {Moment}. Default: now.", Words("now")),
        ["project_id"] = new("Only jobs of this project.", Id()),
        ["workflow_id"] = new("Only jobs of this workflow.", Id()),
        ["worker_id"] = new("Only jobs of this worker.", Id()),
        ["resolution_tier"] = new("Only jobs of this resolution tier, such as 1080p.", Words("1080p")),
        ["run_class"] = new("Only runs of this class: with the models loaded (warm), with loading (cold), or with every node cached.", Choice(EnumText.All<RunClass>())),
        ["GetEstimate.run_class"] = new("Class of the run to estimate. Default: warm.", Choice(EnumText.All<RunClass>())),
        ["rank_by"] = new("Ranking criterion. Lower is better, except for likeness.", OneOf("time_per_frame", "gpu_time", "vram", "likeness")),
        ["min_jobs"] = new("Fewest jobs in the range for a workflow to be ranked.", Whole(1, null, 1)),
        ["CompareWorkers.min_jobs"] = new("Fewest jobs behind relative_speed (relative_speed_interval.job_count) for a worker to be ranked.", Whole(1, null, 1)),
        ["bucket"] = new("Bucket size in the calendar of time_zone. Weeks start on Monday.", OneOf("day", "hour", "week", "month")),
        ["time_zone"] = new("IANA time zone for the buckets, such as Europe/Berlin.", Words("UTC", byDefault: true)),
        ["window"] = new("Number of points in the moving average, at least 1.", Whole(1, null, 7)),
        ["workers"] = new("Ids of the workers, separated by commas. Default: all workers with jobs.", Words("1,2")),
        ["sort"] = new(
            "Sort field. Prefix with - for descending order. Jobs without the value come last; ties are ordered by id.",
            OneOf(["-created_at", .. JobSort.Fields.SelectMany(f => new[] { f, "-" + f }).Where(f => f != "-created_at")])),
        ["limit"] = new("Page size.", Whole(1, JobListQueries.MaxLimit, 50)),
        ["cursor"] = new("The next_cursor of an earlier page of the same list.", Words()),
        ["workflows"] = new("Ids of 2 to 10 different workflows, separated by commas; the first is the baseline.", Words("1,2"), Required: true),
        ["workflow"] = new("Id of the workflow.", Id(), Required: true),
        ["worker"] = new("Id of the worker for the job. Default: any worker.", Id()),
        ["frames"] = new("Number of frames of the job.", Whole(1, int.MaxValue, null), Required: true),
        ["parameter"] = new("Name of a top-level job parameter, such as cfg.", Words("cfg"), Required: true),
        ["score"] = new("Name of a score, such as likeness.", Words("likeness"), Required: true),
        ["GetCost.score"] = new("Name of the score that decides which frames are accepted, such as likeness. Requires min.", Words("likeness")),
        ["GetEstimate.resolution_tier"] = new("Resolution tier of the job, such as 1080p. Default: any.", Words("1080p")),
        ["min"] = new("Lowest accepted score. Requires score.", new() { Type = JsonSchemaType.Number, Format = "double" }),
        ["job_id"] = new("Id of the job.", Id(), Required: true),
        ["id"] = new("Id of the resource.", Id(), Required: true),
        ["GetWorkflow.id"] = new("Id of the workflow.", Id(), Required: true),
        ["GetWorkflowTrend.id"] = new("Id of the workflow.", Id(), Required: true),
        ["GetWorker.id"] = new("Id of the worker.", Id(), Required: true),
        ["ListAlerts.state"] = new("Only alerts in this state. Default: all.", Choice(EnumText.All<IncidentState>())),
        ["severity"] = new("Only alerts of this severity. Default: both.", Choice(EnumText.All<AlertSeverity>())),
        ["subject_type"] = new("Only alerts with this subject type. Default: all.", Choice(EnumText.All<AlertSubject>())),
        ["subject_id"] = new("Only alerts with this subject id.", Id()),
        ["threshold_id"] = new("Only alerts of this threshold.", Id()),
        ["window_rule_id"] = new("Only alerts of this window rule.", Id()),
        ["ListAlerts.limit"] = new("Page size.", Whole(1, 1000, 50)),
        ["ListFailedCollections.limit"] = new("Page size.", Whole(1, Paging.MaxLimit, Paging.DefaultLimit)),
        ["rule_type"] = new("Only changes to this kind of rule. Default: all.", Choice(EnumText.All<RuleType>())),
        ["rule_id"] = new("Only changes to the rule with this id. Requires rule_type.", Id()),
        ["replaces"] = new("Id of the threshold that the one in the body would replace. It is excluded from the back-test.", Id()),
        ["metric_name"] = new("The metric: time_per_frame_ms, total_gpu_time_ms, total_wall_time_ms, vram_peak_mb, or quality.NAME.", Words("time_per_frame_ms"), Required: true),
        ["scope_type"] = new("Scope of the job history.", OneOf(EnumText.All<AlertScope>())),
        ["scope_id"] = new("Id of the workflow or worker. Omit for global.", Id()),
        ["direction"] = new("Whether values above or below the limit breach it.", OneOf(EnumText.All<AlertDirection>())),
        ["kind"] = new("Kind of the window rule.", OneOf(EnumText.All<WindowRuleKind>()), Required: true),
        ["SuggestWindowRule.metric_name"] = new("The metric, as for a threshold. Required for average and p95; omit for the other kinds.", Words("time_per_frame_ms")),
        ["window_minutes"] = new("Length of the window in minutes.", Whole(1, 10_080, 60)),
        ["minimum_jobs"] = new("Windows with fewer jobs are excluded.", Whole(1, 1_000_000, 1)),
        ["GetDeliveries.state"] = new("Only deliveries in this state. Default: all.", Choice(EnumText.All<DeliveryState>())),
        ["channel_id"] = new("Only deliveries to this channel.", Id()),
        ["incident_id"] = new("Only deliveries about this alert.", Id()),
        ["format"] = new("json or csv. Overrides the Accept header.", OneOf("json", "csv")),
    }.ToFrozenDictionary();

    /// <summary>Of a parameter of one operation, else of that name anywhere; null where there is none.</summary>
    public static ParameterText? Find(string? operationId, string name) =>
        Known.TryGetValue($"{operationId}.{name}", out var own) ? own : Known.GetValueOrDefault(name);

    /// <summary>The names of the lists a route has as CSV.</summary>
    public static ParameterText Lists(IReadOnlyList<string> names) => new("List of the response to return as CSV.", OneOf([.. names]));

    public void Describe(OpenApiParameter parameter)
    {
        parameter.Description = Meaning;
        parameter.Schema = Schema;
        parameter.Required = Required || parameter.In == ParameterLocation.Path;
    }

    private static OpenApiSchema Id() => new() { Type = JsonSchemaType.Integer, Format = "int64" };

    private static OpenApiSchema Whole(int least, int? most, int? byDefault) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int32",
        Minimum = least.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Maximum = most?.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Default = byDefault is { } value ? JsonValue.Create(value) : null,
    };

    private static OpenApiSchema Words(string? example = null, bool byDefault = false) => new()
    {
        Type = JsonSchemaType.String,
        Default = byDefault ? JsonValue.Create(example) : null,
        Examples = byDefault || example is null ? null : [JsonValue.Create(example)!],
    };

    /// <summary>One of some words, none by default.</summary>
    private static OpenApiSchema Choice(params string[] words) => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. words.Select(word => (JsonNode)JsonValue.Create(word)!)],
    };

    /// <summary>One of some words, the first by default.</summary>
    private static OpenApiSchema OneOf(params string[] words) => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. words.Select(word => (JsonNode)JsonValue.Create(word)!)],
        Default = JsonValue.Create(words[0]),
    };
}
