namespace PerfDash.Data.Entities;

/// <summary>How far a window rule was evaluated (table <c>alert_window_evaluations</c>).</summary>
public sealed class AlertWindowEvaluation
{
    public long WindowRuleId { get; set; }

    /// <summary>End of the latest window that was evaluated, UTC. It never goes back.</summary>
    public DateTime EvaluatedUntil { get; set; }

    /// <summary>Completions of the rule's scope that were not recorded yet at the latest evaluation; the rule waits for them.</summary>
    public long WaitingJobs { get; set; }

    /// <summary>Since when the window has had too few jobs, UTC; null while it has enough.</summary>
    public DateTime? NoDataSince { get; set; }
}
