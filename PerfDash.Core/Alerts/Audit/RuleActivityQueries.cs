using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Audit;

/// <summary>How often rules fired, and when last.</summary>
public sealed class RuleActivityQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Of every threshold that ever fired, by its key.</summary>
    /// <param name="since">From when on incidents are counted, UTC.</param>
    public async Task<IReadOnlyDictionary<long, RuleActivity>> OfThresholdsAsync(DateTime since, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.AlertIncidents.Where(i => i.ThresholdId != null).GroupBy(i => i.ThresholdId!.Value)
            .Select(g => new { g.Key, Last = g.Max(i => i.OpenedAt), Count = g.Count(i => i.OpenedAt >= since), Open = g.Count(i => i.State != IncidentState.Resolved) })
            .ToDictionaryAsync(g => g.Key, g => new RuleActivity(g.Last, g.Count, g.Open), cancellationToken);
    }

    /// <summary>Of every window rule that ever fired, by its key.</summary>
    /// <param name="since">From when on incidents are counted, UTC.</param>
    public async Task<IReadOnlyDictionary<long, RuleActivity>> OfWindowRulesAsync(DateTime since, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.AlertIncidents.Where(i => i.WindowRuleId != null).GroupBy(i => i.WindowRuleId!.Value)
            .Select(g => new { g.Key, Last = g.Max(i => i.OpenedAt), Count = g.Count(i => i.OpenedAt >= since), Open = g.Count(i => i.State != IncidentState.Resolved) })
            .ToDictionaryAsync(g => g.Key, g => new RuleActivity(g.Last, g.Count, g.Open), cancellationToken);
    }
}

/// <summary>How often a rule fired.</summary>
/// <param name="LastOpenedAt">When its latest incident opened, UTC.</param>
/// <param name="IncidentCount">Incidents that opened since the moment asked for.</param>
/// <param name="OpenCount">Incidents that are open or acknowledged now.</param>
public sealed record RuleActivity(DateTime LastOpenedAt, int IncidentCount, int OpenCount);
