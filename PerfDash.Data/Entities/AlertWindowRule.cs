namespace PerfDash.Data.Entities;

/// <summary>A rule on all jobs of the last minutes together (table <c>alert_window_rules</c>).</summary>
public sealed class AlertWindowRule
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>Kind.</summary>
    public required string Kind { get; set; }

    /// <summary>What average and p95 are taken of; null for the other kinds.</summary>
    public string? MetricName { get; set; }

    /// <summary>Scope type.</summary>
    public required string ScopeType { get; set; }

    /// <summary>Scope id; null where there is none.</summary>
    public long? ScopeId { get; set; }

    /// <summary>Window minutes.</summary>
    public int WindowMinutes { get; set; }

    /// <summary>In the metric's unit; a share from 0 to 1 for failed_share; minutes without a completed job for silence.</summary>
    public float WarningThreshold { get; set; }

    /// <summary>Critical threshold.</summary>
    public float CriticalThreshold { get; set; }

    /// <summary>Direction.</summary>
    public string Direction { get; set; } = "above";

    /// <summary>A window with fewer jobs is not judged.</summary>
    public int MinimumJobs { get; set; } = 1;

    /// <summary>Enabled.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Note; null where there is none.</summary>
    public string? Note { get; set; }

    /// <summary>Muted until, UTC; null where there is none.</summary>
    public DateTime? MutedUntil { get; set; }

    /// <summary>Created at, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>Updated at, UTC.</summary>
    public DateTime UpdatedAt { get; set; }
}
