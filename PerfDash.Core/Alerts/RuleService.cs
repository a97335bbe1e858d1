using PerfDash.Core.Access;
using PerfDash.Core.Alerts.Audit;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Access;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts;

/// <summary>Which jobs an edited rule is about.</summary>
public interface IRuleInput
{
    /// <summary>All jobs, those of a workflow or those of a worker; null where it is none of these.</summary>
    AlertScope? ScopeType { get; }

    long? ScopeId { get; }
}

public interface IRuleItem
{
    long Id { get; }

    /// <summary>False: kept, but not evaluated.</summary>
    bool Enabled { get; }

    /// <summary>Its version: when it was last changed, UTC.</summary>
    DateTime UpdatedAt { get; }
}

/// <summary>Rules of one type: listed, made, changed, deleted, with an audit trail.</summary>
public abstract class RuleService<TRule, TItem, TInput>
    where TRule : class, IAlertRule
    where TItem : class, IRuleItem, IEquatable<TItem>
    where TInput : class, IRuleInput
{
    private readonly RuleType _type;
    private readonly RuleEdits _edits;

    private protected RuleService(RuleType type, IDbContextFactory<PerfDashDbContext> contexts, RuleEdits edits) =>
        (_type, Contexts, _edits) = (type, contexts, edits);

    private protected IDbContextFactory<PerfDashDbContext> Contexts { get; }

    /// <summary>All of them, in the order they were made.</summary>
    public async Task<IReadOnlyList<TItem>> ListAsync(CancellationToken cancellationToken)
    {
        await using var context = await Contexts.CreateDbContextAsync(cancellationToken);
        return (await context.Set<TRule>().OrderBy(r => r.Id).ToListAsync(cancellationToken)).ConvertAll(ToItem);
    }

    /// <summary>One; null when there is none.</summary>
    public async Task<TItem?> GetAsync(long id, CancellationToken cancellationToken)
    {
        await using var context = await Contexts.CreateDbContextAsync(cancellationToken);
        return await context.Set<TRule>().FirstOrDefaultAsync(r => r.Id == id, cancellationToken) is { } rule ? ToItem(rule) : null;
    }

    /// <summary>What is wrong with it, by field; empty when it may be stored.</summary>
    public async Task<Dictionary<string, string[]>> CheckAsync(TInput input, CancellationToken cancellationToken)
    {
        await using var context = await Contexts.CreateDbContextAsync(cancellationToken);
        return await CheckAsync(context, input, cancellationToken);
    }

    public async Task<EditResult<TItem>> CreateAsync(TInput input, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        actor.Require(Role.Editor);
        Dictionary<string, string[]> errors = [];
        TItem? made = null;
        await _edits.RunAsync(
            async context =>
            {
                if ((errors = await CheckAsync(context, input, cancellationToken)).Count > 0)
                    return false;
                var rule = ToRule(input);
                context.Add(rule);
                await context.SaveChangesAsync(cancellationToken);
                made = ToItem(rule);
                RuleEdits.Audit(context, _type, rule.Id, actor, null, made);
                await context.SaveChangesAsync(cancellationToken);
                return true;
            },
            cancellationToken);
        return made is null ? EditResult<TItem>.Invalid(errors) : EditResult<TItem>.Done(made);
    }

    /// <summary>Replaces one by <paramref name="input"/>.</summary>
    /// <param name="ifUpdatedAt">Only if it was last changed then; null: whatever it is now.</param>
    public async Task<EditResult<TItem>> UpdateAsync(long id, TInput input, DateTime? ifUpdatedAt, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        actor.Require(Role.Editor);
        EditResult<TItem>? result = null;
        await _edits.RunAsync(
            async context =>
            {
                var rule = await LockAsync(context, id, cancellationToken);
                if (rule is null)
                    result = EditResult<TItem>.Unknown();
                else if (ifUpdatedAt is { } expected && rule.UpdatedAt != expected)
                    result = EditResult<TItem>.Conflict();
                else if (await CheckAsync(context, input, cancellationToken) is { Count: > 0 } errors)
                    result = EditResult<TItem>.Invalid(errors);
                if (result is not null)
                    return false;

                var before = ToItem(rule!);
                Apply(input, rule!);
                await context.SaveChangesAsync(cancellationToken);
                var after = ToItem(rule!);
                if (!after.Equals(before))
                    RuleEdits.Audit(context, _type, id, actor, before, after);
                await context.SaveChangesAsync(cancellationToken);
                result = EditResult<TItem>.Done(after);
                return true;
            },
            cancellationToken);
        return result!;
    }

    /// <summary>Deletes one; its open incidents resolve. Returns it as it was.</summary>
    public async Task<EditResult<TItem>> DeleteAsync(long id, DateTime? ifUpdatedAt, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Editor);
        // Read ahead, for it is shown with the incidents that end.
        if (await GetAsync(id, cancellationToken) is not { } before)
            return EditResult<TItem>.Unknown();
        var result = EditResult<TItem>.Unknown();
        await _edits.RunAsync(
            async context =>
            {
                if (await LockAsync(context, id, cancellationToken) is not { } rule)
                    return false;
                if (ifUpdatedAt is { } expected && rule.UpdatedAt != expected)
                {
                    result = EditResult<TItem>.Conflict();
                    return false;
                }

                before = ToItem(rule);
                context.Remove(rule);
                RuleEdits.Audit(context, _type, id, actor, before, null);
                await context.SaveChangesAsync(cancellationToken);
                result = EditResult<TItem>.Done(before);
                return true;
            },
            cancellationToken,
            before as ThresholdItem,
            before as WindowRuleItem);
        return result;
    }

    /// <summary>What is wrong with an input, by field.</summary>
    private protected abstract Dictionary<string, string[]> Check(TInput input);

    private protected abstract TItem ToItem(TRule rule);

    /// <summary>The row of a valid rule.</summary>
    private protected abstract TRule ToRule(TInput input);

    /// <summary>Sets the fields of a row to those of a valid rule.</summary>
    private protected abstract void Apply(TInput input, TRule rule);

    /// <summary>SQL that locks the row.</summary>
    private protected abstract FormattableString LockSql(long id);

    private Task<TRule?> LockAsync(PerfDashDbContext context, long id, CancellationToken cancellationToken) =>
        context.Set<TRule>().FromSql(LockSql(id)).AsTracking().SingleOrDefaultAsync(cancellationToken);

    private async Task<Dictionary<string, string[]>> CheckAsync(PerfDashDbContext context, TInput input, CancellationToken cancellationToken)
    {
        var errors = Check(input);
        if (!errors.ContainsKey("scope_id") && !errors.ContainsKey("scope_type"))
            await errors.RequireScopeExistsAsync(context, input.ScopeType, input.ScopeId, cancellationToken);
        return errors;
    }
}
