using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Thresholds;

/// <summary>A threshold as the API and every notification show it.</summary>
public sealed record ThresholdItem : IRuleItem
{
    /// <summary>Key.</summary>
    public required long Id { get; init; }

    /// <summary>The metric watched, or <c>quality.NAME</c>.</summary>
    public required string MetricName { get; init; }

    /// <summary><c>global</c>, <c>workflow</c> or <c>worker</c>.</summary>
    public required AlertScope ScopeType { get; init; }

    /// <summary>The workflow or worker watched; null for a global threshold.</summary>
    public required long? ScopeId { get; init; }

    /// <summary>In the metric's unit.</summary>
    public required float WarningThreshold { get; init; }

    /// <summary>In the metric's unit; worse than the warning.</summary>
    public required float CriticalThreshold { get; init; }

    /// <summary>The incident resolves only beyond this value; null: at the warning limit.</summary>
    public required float? ClearThreshold { get; init; }

    /// <summary>False: kept, but not evaluated.</summary>
    public required bool Enabled { get; init; }

    /// <summary><c>above</c> or <c>below</c>.</summary>
    public required AlertDirection Direction { get; init; }

    /// <summary>So many jobs in a row, 1 to 1000.</summary>
    public required int ForJobs { get; init; }

    /// <summary>Shown in every notification; null for none.</summary>
    public required string? Note { get; init; }

    /// <summary>Until then nothing is sent, UTC; null: not muted.</summary>
    public required DateTime? MutedUntil { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When it was last changed, UTC.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>The item of a row.</summary>
    public static ThresholdItem From(PerformanceAlertThreshold threshold) => new()
    {
        Id = threshold.Id,
        MetricName = threshold.MetricName,
        ScopeType = threshold.ScopeType,
        ScopeId = threshold.ScopeId,
        WarningThreshold = threshold.WarningThreshold,
        CriticalThreshold = threshold.CriticalThreshold,
        ClearThreshold = threshold.ClearThreshold,
        Enabled = threshold.Enabled,
        Direction = threshold.Direction,
        ForJobs = threshold.ForJobs,
        Note = threshold.Note,
        MutedUntil = threshold.MutedUntil,
        CreatedAt = threshold.CreatedAt,
        UpdatedAt = threshold.UpdatedAt,
    };
}
