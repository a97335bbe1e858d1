using Microsoft.EntityFrameworkCore;
using PerfDash.Data;

namespace PerfDash.Core.Metrics;

/// <summary>The summary of a range, for every feature that shows one.</summary>
public sealed class SummaryQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The sum of everything in the range; all null but the count where there is no job.</summary>
    /// <param name="range">The range.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <param name="withScores">False leaves the quality scores out.</param>
    public async Task<MetricSummary> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken, bool withScores = true)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await QueryAsync(context, new MetricCondition(range, filter), cancellationToken, withScores);
    }

    /// <summary>As <see cref="GetAsync"/>, within what the context's transaction sees.</summary>
    internal static async Task<MetricSummary> QueryAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken, bool withScores = true) =>
        (await SummaryGroups.QueryAsync(
            context, where, "0", cancellationToken, withScores ? SummaryParts.Percentiles | SummaryParts.Scores : SummaryParts.Percentiles)).All();
}
