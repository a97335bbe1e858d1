using System.Data;

namespace PerfDash.Core.Metrics;

/// <summary>The summary of a range, for every feature that shows one.</summary>
public sealed class SummaryQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The sum of everything in the range; all null but the count where there is no job.</summary>
    /// <param name="filter">Which jobs.</param>
    /// <param name="parts">What is to be known beside counts, sums and extremes.</param>
    public async Task<MetricSummary> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken, SummaryParts parts = SummaryParts.Usual)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        return await QueryAsync(context, new MetricCondition(range, filter), cancellationToken, parts);
    }

    /// <summary>As <see cref="GetAsync"/>, within what the context's transaction sees.</summary>
    internal static async Task<MetricSummary> QueryAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken, SummaryParts parts = SummaryParts.Usual) =>
        (await SummaryGroups.QueryAsync(context, where, GroupKey.One, cancellationToken, parts)).All();
}
