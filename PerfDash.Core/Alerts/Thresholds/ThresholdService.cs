using PerfDash.Core.Alerts.Audit;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Thresholds;

/// <summary>The thresholds: listed, made, changed, deleted, with an audit trail. A change is evaluated by from the next job on.</summary>
public sealed class ThresholdService
{
    private static readonly ThresholdValidator Validator = new();

    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly RuleEdits _edits;

    internal ThresholdService(IDbContextFactory<PerfDashDbContext> contexts, RuleEdits edits) => (_contexts, _edits) = (contexts, edits);

    /// <summary>All of them, in the order they were made.</summary>
    public async Task<IReadOnlyList<ThresholdItem>> ListAsync(CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return (await context.PerformanceAlertThresholds.OrderBy(t => t.Id).ToListAsync(cancellationToken)).ConvertAll(ThresholdItem.From);
    }

    /// <summary>One; null when there is none.</summary>
    public async Task<ThresholdItem?> GetAsync(long id, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.PerformanceAlertThresholds.FirstOrDefaultAsync(t => t.Id == id, cancellationToken) is { } threshold ? ThresholdItem.From(threshold) : null;
    }

    /// <summary>What is wrong with it, by field; empty when it may be stored.</summary>
    public async Task<Dictionary<string, string[]>> CheckAsync(ThresholdInput input, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await CheckAsync(context, input, cancellationToken);
    }

    /// <summary>Makes one.</summary>
    public async Task<EditResult<ThresholdItem>> CreateAsync(ThresholdInput input, string actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        Dictionary<string, string[]> errors = [];
        ThresholdItem? made = null;
        await _edits.RunAsync(
            async context =>
            {
                if ((errors = await CheckAsync(context, input, cancellationToken)).Count > 0)
                    return false;
                var threshold = new PerformanceAlertThreshold { MetricName = "", ScopeType = default };
                Apply(input, threshold);
                context.Add(threshold);
                await context.SaveChangesAsync(cancellationToken);
                made = ThresholdItem.From(threshold);
                RuleEdits.Audit(context, RuleType.Threshold, made.Id, actor, null, made);
                await context.SaveChangesAsync(cancellationToken);
                return true;
            },
            cancellationToken);
        return made is null ? EditResult<ThresholdItem>.Invalid(errors) : EditResult<ThresholdItem>.Done(made);
    }

    /// <summary>Replaces one by <paramref name="input"/>.</summary>
    /// <param name="id">Which.</param>
    /// <param name="input">All of it.</param>
    /// <param name="ifUpdatedAt">Only if it was last changed then; null: whatever it is now.</param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<EditResult<ThresholdItem>> UpdateAsync(
        long id, ThresholdInput input, DateTime? ifUpdatedAt, string actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        EditResult<ThresholdItem>? result = null;
        await _edits.RunAsync(
            async context =>
            {
                var threshold = await LockAsync(context, id, cancellationToken);
                if (threshold is null)
                    result = EditResult<ThresholdItem>.Unknown();
                else if (ifUpdatedAt is { } expected && threshold.UpdatedAt != expected)
                    result = EditResult<ThresholdItem>.Conflict();
                else if (await CheckAsync(context, input, cancellationToken) is { Count: > 0 } errors)
                    result = EditResult<ThresholdItem>.Invalid(errors);
                if (result is not null)
                    return false;

                var before = ThresholdItem.From(threshold!);
                Apply(input, threshold!);
                await context.SaveChangesAsync(cancellationToken);
                var after = ThresholdItem.From(threshold!);
                if (after != before)
                    RuleEdits.Audit(context, RuleType.Threshold, id, actor, before, after);
                await context.SaveChangesAsync(cancellationToken);
                result = EditResult<ThresholdItem>.Done(after);
                return true;
            },
            cancellationToken);
        return result!;
    }

    /// <summary>Deletes one; its open incidents resolve. Returns it as it was.</summary>
    public async Task<EditResult<ThresholdItem>> DeleteAsync(long id, DateTime? ifUpdatedAt, string actor, CancellationToken cancellationToken)
    {
        // Read ahead, for it is shown with the incidents that end.
        if (await GetAsync(id, cancellationToken) is not { } before)
            return EditResult<ThresholdItem>.Unknown();
        var result = EditResult<ThresholdItem>.Unknown();
        await _edits.RunAsync(
            async context =>
            {
                if (await LockAsync(context, id, cancellationToken) is not { } threshold)
                    return false;
                if (ifUpdatedAt is { } expected && threshold.UpdatedAt != expected)
                {
                    result = EditResult<ThresholdItem>.Conflict();
                    return false;
                }

                before = ThresholdItem.From(threshold);
                context.Remove(threshold);
                RuleEdits.Audit(context, RuleType.Threshold, id, actor, before, null);
                await context.SaveChangesAsync(cancellationToken);
                result = EditResult<ThresholdItem>.Done(before);
                return true;
            },
            cancellationToken,
            threshold: before);
        return result;
    }

    private static async Task<PerformanceAlertThreshold?> LockAsync(PerfDashDbContext context, long id, CancellationToken cancellationToken) =>
        await context.PerformanceAlertThresholds
            .FromSql($"SELECT * FROM performance_alert_thresholds WHERE id = {id} FOR UPDATE").AsTracking().SingleOrDefaultAsync(cancellationToken);

    private static async Task<Dictionary<string, string[]>> CheckAsync(PerfDashDbContext context, ThresholdInput input, CancellationToken cancellationToken)
    {
        var errors = RuleTexts.Errors(Validator.Validate(input));
        if (!errors.ContainsKey("scope_id") && !errors.ContainsKey("scope_type"))
            await RuleTexts.CheckScopeAsync(context, input.ScopeType, input.ScopeId, errors, cancellationToken);
        return errors;
    }

    private static void Apply(ThresholdInput input, PerformanceAlertThreshold threshold)
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
