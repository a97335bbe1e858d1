namespace PerfDash.Data.Entities;

/// <summary>A rule on all jobs of the last minutes together (table <c>alert_window_rules</c>).</summary>
public sealed class AlertWindowRule : IAlertRule
{
    public long Id { get; set; }

    /// <summary>What is taken of the jobs of a window.</summary>
    public required WindowRuleKind Kind { get; set; }

    /// <summary>What average and p95 are taken of; null for the other kinds.</summary>
    public string? MetricName { get; set; }

    /// <summary>Where it holds.</summary>
    public required AlertScope ScopeType { get; set; }

    /// <summary>The workflow or worker; null for a global rule.</summary>
    public long? ScopeId { get; set; }

    /// <summary>How far it looks back, in minutes, 1 to 10,080; of no meaning for silence.</summary>
    public int WindowMinutes { get; set; }

    /// <summary>In the metric's unit; a share from 0 to 1 for failed_share; minutes without a completed job for silence.</summary>
    public float WarningThreshold { get; set; }

    /// <summary>In the unit of the warning; worse than it.</summary>
    public float CriticalThreshold { get; set; }

    /// <summary>The bad side.</summary>
    public AlertDirection Direction { get; set; }

    /// <summary>A window with fewer jobs is not evaluated.</summary>
    public int MinimumJobs { get; set; } = 1;

    /// <summary>False: kept, but not evaluated.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Shown in every notification; null for none.</summary>
    public string? Note { get; set; }

    /// <summary>Until then nothing is sent, UTC; null: not muted.</summary>
    public DateTime? MutedUntil { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>When it was last changed, UTC; kept by the database.</summary>
    public DateTime UpdatedAt { get; set; }
}

/// <summary>What a window rule takes of the jobs of a window.</summary>
public enum WindowRuleKind
{
    /// <summary>Mean of a metric.</summary>
    Average,

    /// <summary>95th percentile of a metric.</summary>
    P95,

    /// <summary>Failed jobs ÷ failed and completed jobs.</summary>
    FailedShare,

    /// <summary>Minutes since the last completed job.</summary>
    Silence,
}
