namespace PerfDash.Data.Entities;

/// <summary>A limit on a metric (table <c>performance_alert_thresholds</c>).</summary>
public sealed class PerformanceAlertThreshold : IAlertRule
{
    public long Id { get; set; }

    /// <summary>The metric watched, for example <c>time_per_frame_ms</c>.</summary>
    public required string MetricName { get; set; }

    /// <summary>Where it holds.</summary>
    public required AlertScope ScopeType { get; set; }

    /// <summary>The workflow or worker watched; null for a global limit.</summary>
    public long? ScopeId { get; set; }

    /// <summary>Warning level, in the metric's unit.</summary>
    public float WarningThreshold { get; set; }

    /// <summary>Critical level, in the metric's unit.</summary>
    public float CriticalThreshold { get; set; }

    /// <summary>False: kept, but not evaluated.</summary>
    public bool Enabled { get; set; }

    /// <summary>The side on which the metric is in breach.</summary>
    public AlertDirection Direction { get; set; }

    /// <summary>So many jobs of the subject in a row must breach, and as many be within the limit again; from 1.</summary>
    public int ForJobs { get; set; } = 1;

    /// <summary>The incident resolves only beyond this value; null is the warning level itself.</summary>
    public float? ClearThreshold { get; set; }

    /// <summary>Shown in every notification of the rule.</summary>
    public string? Note { get; set; }

    /// <summary>Until then incidents open and resolve without a notification, UTC; null: not muted.</summary>
    public DateTime? MutedUntil { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>When it was last changed, UTC; kept by the database.</summary>
    public DateTime UpdatedAt { get; set; }
}

/// <summary>On which side of a limit the bad values are.</summary>
public enum AlertDirection
{
    /// <summary>High values are bad.</summary>
    Above,

    /// <summary>Low values are bad.</summary>
    Below,
}
