using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>
/// An incident opened, escalated or resolved: what every channel is notified of, once. Made within the transaction that
/// stores the change. One of <see cref="Threshold"/> and <see cref="WindowRule"/> is set; neither where the rule's row was deleted
/// in SQL and its incident ends for that.
/// </summary>
public sealed record IncidentChange
{
    /// <summary>The incident after the change.</summary>
    public required AlertItem Alert { get; init; }

    /// <summary>Key of the change in <c>alert_incident_events</c>. Changes of one incident have rising keys.</summary>
    public required long EventId { get; init; }

    /// <summary><c>opened</c>, <c>raised</c> or <c>resolved</c>.</summary>
    public required IncidentEvent Event { get; init; }

    /// <summary>It did not happen: a channel is tried with it.</summary>
    public bool IsTest { get; init; }

    /// <summary>Completion of the job that decided, UTC; the moment of the evaluation for a window rule, or of the edit that ended it.</summary>
    public required DateTime At { get; init; }

    /// <summary>What that job measured, in the metric's unit; null where no value decided (a rule deleted, a silent farm).</summary>
    public required double? Value { get; init; }

    /// <summary>Why, where it was not a value: for example that the rule was deleted; else null.</summary>
    public string? Comment { get; init; }

    /// <summary>The threshold as it was then; null for a window rule.</summary>
    public ThresholdItem? Threshold { get; init; }

    /// <summary>The window rule as it was then; null for a threshold.</summary>
    public WindowRuleItem? WindowRule { get; init; }

    /// <summary>Name of the workflow of the deciding job; null where no job decided or the row is gone.</summary>
    public string? WorkflowName { get; init; }

    /// <summary>Name of the worker of the deciding job; null where no job decided or the row is gone.</summary>
    public string? WorkerName { get; init; }

    /// <summary>The rule, or the scope of its subject, is muted: stored and shown, but not sent.</summary>
    public required bool Muted { get; init; }
}
