using PerfDash.Core.Alerts.Audit;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.WindowRules;

public sealed class WindowRuleService : RuleService<AlertWindowRule, WindowRuleItem, WindowRuleInput>
{
    internal WindowRuleService(IDbContextFactory<PerfDashDbContext> contexts, RuleEdits edits)
        : base(RuleType.WindowRule, contexts, edits)
    {
    }

    /// <summary>How far rules were evaluated, by their key; a rule that was not yet is not among them.</summary>
    public async Task<IReadOnlyDictionary<long, WindowEvaluation>> GetEvaluationsAsync(CancellationToken cancellationToken)
    {
        await using var context = await Contexts.CreateDbContextAsync(cancellationToken);
        return await context.AlertWindowEvaluations.ToDictionaryAsync(
            e => e.WindowRuleId, e => new WindowEvaluation(e.EvaluatedUntil, e.WaitingJobs, e.NoDataSince), cancellationToken);
    }

    private protected override Dictionary<string, string[]> Check(WindowRuleInput input) => RuleValidation.Check(input);

    private protected override WindowRuleItem ToItem(AlertWindowRule rule) => WindowRuleItem.From(rule);

    private protected override AlertWindowRule ToRule(WindowRuleInput input) => RowOf(input);

    private protected override void Apply(WindowRuleInput input, AlertWindowRule rule) => Write(input, rule);

    private protected override FormattableString LockSql(long id) => $"SELECT * FROM alert_window_rules WHERE id = {id} FOR UPDATE";

    /// <summary>The row of a rule that may be stored.</summary>
    internal static AlertWindowRule RowOf(WindowRuleInput input)
    {
        var rule = new AlertWindowRule { Kind = default, ScopeType = default };
        Write(input, rule);
        return rule;
    }

    private static void Write(WindowRuleInput input, AlertWindowRule rule)
    {
        rule.Kind = input.Kind!.Value;
        rule.MetricName = input.MetricName;
        rule.ScopeType = input.ScopeType!.Value;
        rule.ScopeId = input.ScopeId;
        rule.WindowMinutes = input.WindowMinutes;
        rule.WarningThreshold = input.WarningThreshold!.Value;
        rule.CriticalThreshold = input.CriticalThreshold!.Value;
        rule.Direction = input.Direction!.Value;
        rule.MinimumJobs = input.MinimumJobs;
        rule.Enabled = input.Enabled;
        rule.Note = string.IsNullOrWhiteSpace(input.Note) ? null : input.Note;
        rule.MutedUntil = input.MutedUntil;
    }
}
