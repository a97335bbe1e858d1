using PerfDash.Core.Alerts.Audit;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Thresholds;

/// <summary>The thresholds. Jobs are evaluated by a changed one from the next on.</summary>
public sealed class ThresholdService : RuleService<PerformanceAlertThreshold, ThresholdItem, ThresholdInput>
{
    internal ThresholdService(IDbContextFactory<PerfDashDbContext> contexts, RuleEdits edits)
        : base(RuleType.Threshold, contexts, edits)
    {
    }

    private protected override Dictionary<string, string[]> Check(ThresholdInput input) => RuleValidation.Check(input);

    private protected override ThresholdItem ToItem(PerformanceAlertThreshold rule) => ThresholdItem.From(rule);

    private protected override PerformanceAlertThreshold ToRule(ThresholdInput input)
    {
        var threshold = new PerformanceAlertThreshold { MetricName = "", ScopeType = default };
        Apply(input, threshold);
        return threshold;
    }

    private protected override FormattableString LockSql(long id) => $"SELECT * FROM performance_alert_thresholds WHERE id = {id} FOR UPDATE";

    private protected override void Apply(ThresholdInput input, PerformanceAlertThreshold threshold)
    {
        threshold.MetricName = input.MetricName!;
        threshold.ScopeType = input.ScopeType!.Value;
        threshold.ScopeId = input.ScopeId;
        threshold.WarningThreshold = input.WarningThreshold!.Value;
        threshold.CriticalThreshold = input.CriticalThreshold!.Value;
        threshold.ClearThreshold = input.ClearThreshold;
        threshold.Enabled = input.Enabled;
        threshold.Direction = input.Direction!.Value;
        threshold.ForJobs = input.ForJobs;
        threshold.Note = string.IsNullOrWhiteSpace(input.Note) ? null : input.Note;
        threshold.MutedUntil = input.MutedUntil;
    }
}
