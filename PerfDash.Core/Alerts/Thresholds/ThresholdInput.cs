using System.Text.Json;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Thresholds;

/// <summary>What a threshold is to be, as an API client or a dialog says it. Null is "not given".</summary>
public sealed record ThresholdInput : IRuleInput
{
    /// <summary>A word of <see cref="AlertMetric"/>.</summary>
    public string? MetricName { get; init; }

    /// <summary><c>global</c>, <c>workflow</c> or <c>worker</c>.</summary>
    public AlertScope? ScopeType { get; init; }

    /// <summary>The workflow or worker; null for a global one.</summary>
    public long? ScopeId { get; init; }

    /// <summary>In the metric's unit.</summary>
    public float? WarningThreshold { get; init; }

    /// <summary>In the metric's unit; worse than the warning.</summary>
    public float? CriticalThreshold { get; init; }

    /// <summary>In the metric's unit; on the good side of the warning, or null.</summary>
    public float? ClearThreshold { get; init; }

    /// <summary>False: kept, but not evaluated.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary><c>above</c> or <c>below</c>.</summary>
    public AlertDirection? Direction { get; init; } = AlertDirection.Above;

    /// <summary>So many jobs in a row, 1 to 1000.</summary>
    public int ForJobs { get; init; } = 1;

    /// <summary>Shown in every notification; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>Until then nothing is sent, UTC; null: not muted.</summary>
    public DateTime? MutedUntil { get; init; }

    /// <summary>What a threshold is now.</summary>
    public static ThresholdInput From(ThresholdItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new()
        {
            MetricName = item.MetricName,
            ScopeType = item.ScopeType,
            ScopeId = item.ScopeId,
            WarningThreshold = item.WarningThreshold,
            CriticalThreshold = item.CriticalThreshold,
            ClearThreshold = item.ClearThreshold,
            Enabled = item.Enabled,
            Direction = item.Direction,
            ForJobs = item.ForJobs,
            Note = item.Note,
            MutedUntil = item.MutedUntil,
        };
    }

    /// <summary>Reads a JSON object; fields that are absent stay as in <paramref name="start"/>.</summary>
    /// <returns>The input, with errors by field where something is of the wrong type.</returns>
    public static (ThresholdInput Input, Dictionary<string, string[]> Errors) Read(JsonElement body, ThresholdInput start)
    {
        ArgumentNullException.ThrowIfNull(start);
        var fields = new JsonFieldReader(body);
        return (
            new ThresholdInput
            {
                MetricName = fields.Text("metric_name", start.MetricName),
                ScopeType = fields.Enum("scope_type", start.ScopeType),
                ScopeId = fields.Int64("scope_id", start.ScopeId),
                WarningThreshold = fields.Single("warning_threshold", start.WarningThreshold),
                CriticalThreshold = fields.Single("critical_threshold", start.CriticalThreshold),
                ClearThreshold = fields.Single("clear_threshold", start.ClearThreshold),
                Enabled = fields.Boolean("enabled", start.Enabled),
                Direction = fields.Enum("direction", start.Direction),
                ForJobs = fields.Int32("for_jobs", start.ForJobs),
                Note = fields.Text("note", start.Note),
                MutedUntil = fields.DateTime("muted_until", start.MutedUntil),
            },
            fields.Errors);
    }
}
