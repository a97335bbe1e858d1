using PerfDash.Core.Alerts.Audit;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.WindowRules;

/// <summary>The window rules: listed, made, changed, deleted, with an audit trail.</summary>
public sealed class WindowRuleService
{
    private static readonly WindowRuleValidator Validator = new();

    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly RuleEdits _edits;

    internal WindowRuleService(IDbContextFactory<PerfDashDbContext> contexts, RuleEdits edits) => (_contexts, _edits) = (contexts, edits);

    /// <summary>All of them, in the order they were made.</summary>
    public async Task<IReadOnlyList<WindowRuleItem>> ListAsync(CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return (await context.AlertWindowRules.OrderBy(r => r.Id).ToListAsync(cancellationToken)).ConvertAll(WindowRuleItem.From);
    }

    /// <summary>One; null when there is none.</summary>
    public async Task<WindowRuleItem?> GetAsync(long id, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.AlertWindowRules.FirstOrDefaultAsync(r => r.Id == id, cancellationToken) is { } rule ? WindowRuleItem.From(rule) : null;
    }

    /// <summary>How far rules were evaluated, by their key; a rule that was not yet is not among them.</summary>
    public async Task<IReadOnlyDictionary<long, WindowEvaluation>> GetEvaluationsAsync(CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.AlertWindowEvaluations.ToDictionaryAsync(
            e => e.WindowRuleId, e => new WindowEvaluation(e.EvaluatedUntil, e.WaitingJobs, e.NoDataSince), cancellationToken);
    }

    /// <summary>What is wrong with it, by field; empty when it may be stored.</summary>
    public async Task<Dictionary<string, string[]>> CheckAsync(WindowRuleInput input, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await CheckAsync(context, input, cancellationToken);
    }

    /// <summary>Makes one.</summary>
    public async Task<EditResult<WindowRuleItem>> CreateAsync(WindowRuleInput input, string actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        Dictionary<string, string[]> errors = [];
        WindowRuleItem? made = null;
        await _edits.RunAsync(
            async context =>
            {
                if ((errors = await CheckAsync(context, input, cancellationToken)).Count > 0)
                    return false;
                var rule = RowOf(input);
                context.Add(rule);
                await context.SaveChangesAsync(cancellationToken);
                made = WindowRuleItem.From(rule);
                RuleEdits.Audit(context, RuleType.WindowRule, made.Id, actor, null, made);
                await context.SaveChangesAsync(cancellationToken);
                return true;
            },
            cancellationToken);
        return made is null ? EditResult<WindowRuleItem>.Invalid(errors) : EditResult<WindowRuleItem>.Done(made);
    }

    /// <summary>Replaces one by <paramref name="input"/>; with <paramref name="ifUpdatedAt"/> only if it was last changed then.</summary>
    public async Task<EditResult<WindowRuleItem>> UpdateAsync(
        long id, WindowRuleInput input, DateTime? ifUpdatedAt, string actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        EditResult<WindowRuleItem>? result = null;
        await _edits.RunAsync(
            async context =>
            {
                var rule = await LockAsync(context, id, cancellationToken);
                if (rule is null)
                    result = EditResult<WindowRuleItem>.Unknown();
                else if (ifUpdatedAt is { } expected && rule.UpdatedAt != expected)
                    result = EditResult<WindowRuleItem>.Conflict();
                else if (await CheckAsync(context, input, cancellationToken) is { Count: > 0 } errors)
                    result = EditResult<WindowRuleItem>.Invalid(errors);
                if (result is not null)
                    return false;

                var before = WindowRuleItem.From(rule!);
                Apply(input, rule!);
                await context.SaveChangesAsync(cancellationToken);
                var after = WindowRuleItem.From(rule!);
                if (after != before)
                    RuleEdits.Audit(context, RuleType.WindowRule, id, actor, before, after);
                await context.SaveChangesAsync(cancellationToken);
                result = EditResult<WindowRuleItem>.Done(after);
                return true;
            },
            cancellationToken);
        return result!;
    }

    /// <summary>Deletes one; its open incidents resolve. Returns it as it was.</summary>
    public async Task<EditResult<WindowRuleItem>> DeleteAsync(long id, DateTime? ifUpdatedAt, string actor, CancellationToken cancellationToken)
    {
        if (await GetAsync(id, cancellationToken) is not { } before)
            return EditResult<WindowRuleItem>.Unknown();
        var result = EditResult<WindowRuleItem>.Unknown();
        await _edits.RunAsync(
            async context =>
            {
                if (await LockAsync(context, id, cancellationToken) is not { } rule)
                    return false;
                if (ifUpdatedAt is { } expected && rule.UpdatedAt != expected)
                {
                    result = EditResult<WindowRuleItem>.Conflict();
                    return false;
                }

                context.Remove(rule);
                RuleEdits.Audit(context, RuleType.WindowRule, id, actor, before, null);
                await context.SaveChangesAsync(cancellationToken);
                result = EditResult<WindowRuleItem>.Done(before);
                return true;
            },
            cancellationToken,
            windowRule: before);
        return result;
    }

    private static async Task<AlertWindowRule?> LockAsync(PerfDashDbContext context, long id, CancellationToken cancellationToken) =>
        await context.AlertWindowRules.FromSql($"SELECT * FROM alert_window_rules WHERE id = {id} FOR UPDATE").AsTracking().SingleOrDefaultAsync(cancellationToken);

    private static async Task<Dictionary<string, string[]>> CheckAsync(PerfDashDbContext context, WindowRuleInput input, CancellationToken cancellationToken)
    {
        var errors = RuleTexts.Errors(Validator.Validate(input));
        if (!errors.ContainsKey("scope_id") && !errors.ContainsKey("scope_type"))
            await RuleTexts.CheckScopeAsync(context, input.ScopeType, input.ScopeId, errors, cancellationToken);
        return errors;
    }

    /// <summary>The row of a rule that may be stored.</summary>
    internal static AlertWindowRule RowOf(WindowRuleInput input)
    {
        var rule = new AlertWindowRule { Kind = default, ScopeType = default };
        Apply(input, rule);
        return rule;
    }

    private static void Apply(WindowRuleInput input, AlertWindowRule rule)
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
