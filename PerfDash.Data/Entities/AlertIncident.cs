namespace PerfDash.Data.Entities;

/// <summary>What a rule found, from opening to resolution (table <c>alert_incidents</c>).</summary>
public sealed class AlertIncident
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>Threshold id; null where there is none.</summary>
    public long? ThresholdId { get; set; }

    /// <summary>Window rule id; null where there is none.</summary>
    public long? WindowRuleId { get; set; }

    /// <summary>Metric name.</summary>
    public required string MetricName { get; set; }

    /// <summary>Scope type.</summary>
    public required string ScopeType { get; set; }

    /// <summary>Scope id; null where there is none.</summary>
    public long? ScopeId { get; set; }

    /// <summary>Whom it concerns; the whole farm for a window rule of global scope.</summary>
    public required string SubjectType { get; set; }

    /// <summary>Subject id; null where there is none.</summary>
    public long? SubjectId { get; set; }

    /// <summary>Severity.</summary>
    public required string Severity { get; set; }

    /// <summary>State.</summary>
    public string State { get; set; } = "open";

    /// <summary>Moments of the jobs that decided: their completion.</summary>
    public DateTime OpenedAt { get; set; }

    /// <summary>Raised at, UTC; null where there is none.</summary>
    public DateTime? RaisedAt { get; set; }

    /// <summary>Resolved at, UTC; null where there is none.</summary>
    public DateTime? ResolvedAt { get; set; }

    /// <summary>Acknowledged at, UTC; null where there is none.</summary>
    public DateTime? AcknowledgedAt { get; set; }

    /// <summary>Acknowledged by; null where there is none.</summary>
    public string? AcknowledgedBy { get; set; }

    /// <summary>Acknowledge comment; null where there is none.</summary>
    public string? AcknowledgeComment { get; set; }

    /// <summary>Of the latest job of the subject that was judged while the incident was open.</summary>
    public double? LastValue { get; set; }

    /// <summary>Completion of the job <see cref="LastValue"/> is of, UTC; null where there was none.</summary>
    public DateTime? LastValueAt { get; set; }

    /// <summary>The job that opened or raised it; null for a window rule. No foreign key: the host may delete its jobs.</summary>
    public long? JobId { get; set; }

    /// <summary>Recorded at, UTC.</summary>
    public DateTime RecordedAt { get; set; }
}
