using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>An incident as the API and every notification show it.</summary>
public record AlertItem
{
    /// <summary>Key of the incident.</summary>
    public required long Id { get; init; }

    /// <summary>The threshold that found it, which may be deleted since; null for a window rule's.</summary>
    public required long? ThresholdId { get; init; }

    /// <summary>The window rule that found it, which may be deleted since; null for a threshold's.</summary>
    public required long? WindowRuleId { get; init; }

    /// <summary>What was watched: a metric, or <c>failed_share</c> or <c>silence</c>.</summary>
    public required string MetricName { get; init; }

    /// <summary><c>global</c>, <c>workflow</c> or <c>worker</c>: where the rule holds.</summary>
    public required AlertScope ScopeType { get; init; }

    /// <summary>The rule's workflow or worker; null for a global rule.</summary>
    public required long? ScopeId { get; init; }

    /// <summary><c>workflow</c>, <c>worker</c> or <c>farm</c>: whom it concerns.</summary>
    public required AlertSubject SubjectType { get; init; }

    /// <summary>The workflow or worker concerned; null for the farm.</summary>
    public required long? SubjectId { get; init; }

    /// <summary>Its name; null for the farm, or when its row is gone.</summary>
    public required string? SubjectName { get; init; }

    /// <summary><c>warning</c> or <c>critical</c>: the worst it was.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary><c>open</c>, <c>acknowledged</c> or <c>resolved</c>.</summary>
    public required IncidentState State { get; init; }

    /// <summary>Completion of the job that opened it, UTC.</summary>
    public required DateTime OpenedAt { get; init; }

    /// <summary>Completion of the job that raised it from warning to critical, UTC; null where none did.</summary>
    public required DateTime? RaisedAt { get; init; }

    /// <summary>Completion of the job that resolved it, UTC, or when its rule was switched off; null until then.</summary>
    public required DateTime? ResolvedAt { get; init; }

    /// <summary>When somebody acknowledged it, UTC; null until then.</summary>
    public required DateTime? AcknowledgedAt { get; init; }

    /// <summary>Who did; null until then.</summary>
    public required string? AcknowledgedBy { get; init; }

    /// <summary>What they said; null for nothing.</summary>
    public required string? AcknowledgeComment { get; init; }

    /// <summary>What opened it: the value of the deciding job or window, in the metric's unit; null where it is not known.</summary>
    public required double? OpenedValue { get; init; }

    /// <summary>The worst value from its first breaching job to its end, in the metric's unit; null where it is not known.</summary>
    public required double? WorstValue { get; init; }

    /// <summary>Value of the latest job evaluated while it was open, in the metric's unit; null where there was none.</summary>
    public required double? LastValue { get; init; }

    /// <summary>The job that opened or raised it, which may be deleted since; null for a window rule's.</summary>
    public required long? JobId { get; init; }

    /// <summary>The item of a row.</summary>
    public static AlertItem From(AlertIncident incident, string? subjectName) => new()
    {
        Id = incident.Id,
        ThresholdId = incident.ThresholdId,
        WindowRuleId = incident.WindowRuleId,
        MetricName = incident.MetricName,
        ScopeType = incident.ScopeType,
        ScopeId = incident.ScopeId,
        SubjectType = incident.SubjectType,
        SubjectId = incident.SubjectId,
        SubjectName = subjectName,
        Severity = incident.Severity,
        State = incident.State,
        OpenedAt = incident.OpenedAt,
        RaisedAt = incident.RaisedAt,
        ResolvedAt = incident.ResolvedAt,
        AcknowledgedAt = incident.AcknowledgedAt,
        AcknowledgedBy = incident.AcknowledgedBy,
        AcknowledgeComment = incident.AcknowledgeComment,
        OpenedValue = incident.OpenedValue,
        WorstValue = incident.WorstValue,
        LastValue = incident.LastValue,
        JobId = incident.JobId,
    };
}
