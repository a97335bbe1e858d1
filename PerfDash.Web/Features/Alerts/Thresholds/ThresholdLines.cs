using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data.Entities;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Alerts.Thresholds;

/// <summary>Thresholds as lines of a chart that shows the same metric.</summary>
public sealed class ThresholdLines(ThresholdService thresholds)
{
    /// <summary>The lines that hold for a metric on the chart of a workflow or worker, or of the whole farm; in the metric's stored unit.</summary>
    /// <param name="metric">A word of <see cref="AlertMetric"/>, for example <c>time_per_frame_ms</c>.</param>
    /// <param name="workflowId">The workflow the chart is about; null for none.</param>
    /// <param name="workerId">The worker it is about; null for none.</param>
    public async Task<IReadOnlyList<ChartThreshold>> ForAsync(string metric, long? workflowId, long? workerId, CancellationToken cancellationToken) =>
        For(await thresholds.ListAsync(cancellationToken), metric, workflowId, workerId);

    /// <summary>Likewise, of thresholds that are known already.</summary>
    public static IReadOnlyList<ChartThreshold> For(IEnumerable<ThresholdItem> thresholds, string metric, long? workflowId = null, long? workerId = null)
    {
        var enabled = thresholds.Where(t => t.Enabled && t.MetricName == metric).ToList();
        // As jobs are evaluated: the specific ones side by side, a global one only where there is none.
        var holding = enabled.FindAll(t => t.ScopeType switch
        {
            AlertScope.Workflow => t.ScopeId == workflowId,
            AlertScope.Worker => t.ScopeId == workerId,
            _ => false,
        });
        if (holding.Count == 0)
            holding = enabled.FindAll(t => t.ScopeType == AlertScope.Global);
        return [.. holding.SelectMany(Lines).Distinct()];
    }

    private static IEnumerable<ChartThreshold> Lines(ThresholdItem threshold)
    {
        yield return new ChartThreshold(AlertMetric.AsWritten(threshold.WarningThreshold), $"Warning {AlertMeasure.Limit(threshold.WarningThreshold, threshold.MetricName)}", ChartSeverity.Warning);
        yield return new ChartThreshold(AlertMetric.AsWritten(threshold.CriticalThreshold), $"Critical {AlertMeasure.Limit(threshold.CriticalThreshold, threshold.MetricName)}", ChartSeverity.Critical);
    }
}
