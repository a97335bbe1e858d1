namespace PerfDash.Data.Entities;

/// <summary>What a rule found, from opening to resolution (table <c>alert_incidents</c>).</summary>
public sealed class AlertIncident
{
    public long Id { get; set; }

    /// <summary>The threshold that found it, which may be deleted since; null for a window rule's.</summary>
    public long? ThresholdId { get; set; }

    /// <summary>The window rule that found it, which may be deleted since; null for a threshold's.</summary>
    public long? WindowRuleId { get; set; }

    /// <summary>What was watched: a metric, or <c>failed_share</c> or <c>silence</c>.</summary>
    public required string MetricName { get; set; }

    /// <summary>Where the rule holds.</summary>
    public required AlertScope ScopeType { get; set; }

    /// <summary>The rule's workflow or worker; null for a global rule.</summary>
    public long? ScopeId { get; set; }

    /// <summary>Whom it concerns.</summary>
    public required AlertSubject SubjectType { get; set; }

    /// <summary>The workflow or worker concerned; null for the farm.</summary>
    public long? SubjectId { get; set; }

    /// <summary>The worst it was.</summary>
    public required AlertSeverity Severity { get; set; }

    /// <summary>Where it is between opening and resolution.</summary>
    public IncidentState State { get; set; }

    /// <summary>Completion of the job that opened it, UTC; earlier where late jobs showed that.</summary>
    public DateTime OpenedAt { get; set; }

    /// <summary>Completion of the job that raised it to critical, UTC; null where none did.</summary>
    public DateTime? RaisedAt { get; set; }

    /// <summary>Completion of the job that resolved it, UTC, or when its rule ended; null until then.</summary>
    public DateTime? ResolvedAt { get; set; }

    /// <summary>When somebody acknowledged it, UTC; null until then.</summary>
    public DateTime? AcknowledgedAt { get; set; }

    /// <summary>Who did; null until then.</summary>
    public string? AcknowledgedBy { get; set; }

    /// <summary>What they said; null for nothing.</summary>
    public string? AcknowledgeComment { get; set; }

    /// <summary>What opened it: the value of the deciding job or window, in the metric's unit; null where it is not known.</summary>
    public double? OpenedValue { get; set; }

    /// <summary>The worst value from its first breaching job to its end, in the metric's unit; null where it is not known.</summary>
    public double? WorstValue { get; set; }

    /// <summary>Value of the latest job evaluated while it was open, in the metric's unit; null where there was none.</summary>
    public double? LastValue { get; set; }

    /// <summary>Completion of the job <see cref="LastValue"/> is of, UTC; null where there was none.</summary>
    public DateTime? LastValueAt { get; set; }

    /// <summary>The job that opened or raised it; null for a window rule. No foreign key: the host may delete its jobs.</summary>
    public long? JobId { get; set; }

    /// <summary>When PerfDash stored it, UTC.</summary>
    public DateTime RecordedAt { get; set; }
}

/// <summary>How bad it is.</summary>
public enum AlertSeverity
{
    /// <summary>The lesser.</summary>
    Warning,

    /// <summary>The worse.</summary>
    Critical,
}

/// <summary>Where an incident is between opening and resolution.</summary>
public enum IncidentState
{
    /// <summary>Not acknowledged yet.</summary>
    Open,

    /// <summary>Somebody takes care of it. It stays so until it resolves, also when it escalates.</summary>
    Acknowledged,

    /// <summary>Over.</summary>
    Resolved,
}
