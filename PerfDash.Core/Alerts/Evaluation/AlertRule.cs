using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>A threshold, ready to evaluate jobs.</summary>
/// <param name="Item">The threshold as stored.</param>
/// <param name="Metric">What it watches.</param>
public sealed record AlertRule(ThresholdItem Item, AlertMetric Metric, AlertLimits Limits)
{
    /// <summary>True where the subject is the job's worker, else its workflow.</summary>
    public bool ByWorker => Item.ScopeType == AlertScope.Worker;

    /// <summary>Reads a stored threshold; or says why it cannot be evaluated, for any program may have written it.</summary>
    public static (AlertRule? Rule, string? Error) Read(PerformanceAlertThreshold threshold)
    {
        ArgumentNullException.ThrowIfNull(threshold);
        if (AlertMetric.Read(threshold.MetricName) is not { } metric)
            return (null, $"unknown metric_name \"{threshold.MetricName}\"");
        if (!float.IsFinite(threshold.WarningThreshold) || !float.IsFinite(threshold.CriticalThreshold) || threshold.ClearThreshold is { } clear && !float.IsFinite(clear))
            return (null, "a limit is not a finite number");
        if ((threshold.ScopeId is null) != (threshold.ScopeType == AlertScope.Global))
            return (null, "scope_type and scope_id do not match");
        var limits = AlertLimits.Create(threshold.Direction, threshold.WarningThreshold, threshold.CriticalThreshold, threshold.ClearThreshold);
        return (new AlertRule(ThresholdItem.From(threshold), metric, limits), null);
    }
}

/// <summary>One rule and one workflow or worker: what has at most one open incident.</summary>
/// <param name="ThresholdId">The rule.</param>
/// <param name="ByWorker">The subject is a worker, else a workflow.</param>
/// <param name="SubjectId">The worker or workflow.</param>
public readonly record struct AlertKey(long ThresholdId, bool ByWorker, long SubjectId)
{
    public AlertSubject SubjectType => ByWorker ? AlertSubject.Worker : AlertSubject.Workflow;
}
