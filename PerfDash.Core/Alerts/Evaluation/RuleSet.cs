using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>
/// The enabled rules, ordered so that those of a job are found at once. For each metric: rules of the job's workflow and of
/// its worker apply side by side; only where neither has any, the global ones do.
/// </summary>
public sealed class RuleSet
{
    private readonly List<MetricRules> _metrics;

    /// <summary>Takes the rules that can be evaluated.</summary>
    public RuleSet(IEnumerable<AlertRule> rules)
    {
        Rules = [.. rules];
        _metrics = [.. Rules.GroupBy(rule => rule.Metric).Select(group => new MetricRules(group.Key, [.. group]))];
    }

    public static RuleSet Empty { get; } = new([]);

    public IReadOnlyList<AlertRule> Rules { get; }

    /// <summary>True where some rule watches a score.</summary>
    public bool WatchesScores => _metrics.Exists(m => m.Metric.Score is not null);

    /// <summary>What the rules watch, with those of one job.</summary>
    public IEnumerable<(AlertMetric Metric, IReadOnlyList<AlertRule> Rules)> For(long workflowId, long workerId)
    {
        foreach (var metric in _metrics)
        {
            var ofWorkflow = metric.ByWorkflow.GetValueOrDefault(workflowId);
            var ofWorker = metric.ByWorker.GetValueOrDefault(workerId);
            if (ofWorkflow is null && ofWorker is null)
            {
                if (metric.Global.Length > 0)
                    yield return (metric.Metric, metric.Global);
                continue;
            }

            if (ofWorkflow is not null)
                yield return (metric.Metric, ofWorkflow);
            if (ofWorker is not null)
                yield return (metric.Metric, ofWorker);
        }
    }

    /// <summary>
    /// Workers whose jobs a rule passes over: for a global one, those that have a rule of their own for the metric.
    /// </summary>
    public long[] ExcludedWorkers(AlertRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Item.ScopeType == AlertScope.Global && _metrics.Find(m => m.Metric == rule.Metric) is { } metric ? [.. metric.ByWorker.Keys.Order()] : [];
    }

    /// <summary>Workflows whose jobs a rule passes over: for a global one, those that have a rule of their own for the metric.</summary>
    public long[] ExcludedWorkflows(AlertRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Item.ScopeType == AlertScope.Global && _metrics.Find(m => m.Metric == rule.Metric) is { } metric ? [.. metric.ByWorkflow.Keys.Order()] : [];
    }

    private sealed class MetricRules(AlertMetric metric, List<AlertRule> rules)
    {
        public AlertMetric Metric { get; } = metric;

        public Dictionary<long, AlertRule[]> ByWorkflow { get; } = Scoped(rules, AlertScope.Workflow);

        public Dictionary<long, AlertRule[]> ByWorker { get; } = Scoped(rules, AlertScope.Worker);

        public AlertRule[] Global { get; } = [.. rules.Where(r => r.Item.ScopeType == AlertScope.Global)];

        private static Dictionary<long, AlertRule[]> Scoped(List<AlertRule> rules, AlertScope scope) => rules
            .Where(r => r.Item.ScopeType == scope)
            .GroupBy(r => r.Item.ScopeId!.Value)
            .ToDictionary(group => group.Key, group => group.ToArray());
    }
}
