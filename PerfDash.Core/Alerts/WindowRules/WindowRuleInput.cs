using System.Text.Json;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.WindowRules;

/// <summary>What a window rule is to be, as an API client or a dialog says it. Null is "not given".</summary>
public sealed record WindowRuleInput : IRuleInput
{
    /// <summary>Minutes a window has where nothing is said.</summary>
    public const int DefaultWindowMinutes = 60;

    /// <summary>What is taken of the jobs of a window.</summary>
    public WindowRuleKind? Kind { get; init; }

    /// <summary>A word of <see cref="AlertMetric"/> for <c>average</c> and <c>p95</c>; else null.</summary>
    public string? MetricName { get; init; }

    /// <summary><c>global</c>, <c>workflow</c> or <c>worker</c>.</summary>
    public AlertScope? ScopeType { get; init; }

    /// <summary>The workflow or worker; null for a global one.</summary>
    public long? ScopeId { get; init; }

    /// <summary>1 to 10,080.</summary>
    public int WindowMinutes { get; init; } = DefaultWindowMinutes;

    /// <summary>In the metric's unit; a share from 0 to 1; or minutes.</summary>
    public float? WarningThreshold { get; init; }

    /// <summary>Worse than the warning.</summary>
    public float? CriticalThreshold { get; init; }

    /// <summary><c>above</c> or <c>below</c>.</summary>
    public AlertDirection? Direction { get; init; } = AlertDirection.Above;

    /// <summary>A window with fewer jobs is not evaluated; from 1.</summary>
    public int MinimumJobs { get; init; } = 1;

    /// <summary>False: kept, but not evaluated.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Shown in every notification; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>Until then nothing is sent, UTC; null: not muted.</summary>
    public DateTime? MutedUntil { get; init; }

    /// <summary>What a rule is now.</summary>
    public static WindowRuleInput From(WindowRuleItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new()
        {
            Kind = item.Kind,
            MetricName = item.MetricName,
            ScopeType = item.ScopeType,
            ScopeId = item.ScopeId,
            WindowMinutes = item.WindowMinutes,
            WarningThreshold = item.WarningThreshold,
            CriticalThreshold = item.CriticalThreshold,
            Direction = item.Direction,
            MinimumJobs = item.MinimumJobs,
            Enabled = item.Enabled,
            Note = item.Note,
            MutedUntil = item.MutedUntil,
        };
    }

    /// <summary>Reads a JSON object; fields that are absent stay as in <paramref name="start"/>.</summary>
    /// <returns>The input, with errors by field where something is of the wrong type.</returns>
    public static (WindowRuleInput Input, Dictionary<string, string[]> Errors) Read(JsonElement body, WindowRuleInput start)
    {
        ArgumentNullException.ThrowIfNull(start);
        var fields = new JsonFieldReader(body);
        return (
            new WindowRuleInput
            {
                Kind = fields.Enum("kind", start.Kind),
                MetricName = fields.Text("metric_name", start.MetricName),
                ScopeType = fields.Enum("scope_type", start.ScopeType),
                ScopeId = fields.Int64("scope_id", start.ScopeId),
                WindowMinutes = fields.Int32("window_minutes", start.WindowMinutes),
                WarningThreshold = fields.Single("warning_threshold", start.WarningThreshold),
                CriticalThreshold = fields.Single("critical_threshold", start.CriticalThreshold),
                Direction = fields.Enum("direction", start.Direction),
                MinimumJobs = fields.Int32("minimum_jobs", start.MinimumJobs),
                Enabled = fields.Boolean("enabled", start.Enabled),
                Note = fields.Text("note", start.Note),
                MutedUntil = fields.DateTime("muted_until", start.MutedUntil),
            },
            fields.Errors);
    }
}

/// <summary>What kinds of window rules measure.</summary>
public static class WindowRuleKinds
{
    /// <summary>True for those taken of a metric.</summary>
    public static bool HasMetric(WindowRuleKind? kind) => kind is WindowRuleKind.Average or WindowRuleKind.P95;

    /// <summary>The metric, or the word of a kind that is taken of none.</summary>
    public static string? Measured(WindowRuleKind? kind, string? metricName) => HasMetric(kind) ? metricName : kind?.ToText();
}
