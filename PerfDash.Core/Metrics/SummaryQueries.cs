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
    /// <param name="withScores">False leaves the quality scores out: reading them takes most of the time.</param>
    public async Task<MetricSummary> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken, bool withScores = true)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await QueryAsync(context, new MetricCondition(range, filter), cancellationToken, withScores);
    }

    /// <summary>As <see cref="GetAsync"/>, within what the context's transaction sees.</summary>
    internal static async Task<MetricSummary> QueryAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken, bool withScores = true)
    {
        // Plan: one scan of the range's partitions, by the created_at index when the range is a small share of a month.
        var summary = (await where.QueryAsync<MetricSummary>(
            context,
            $"SELECT {SummarySql.Columns} FROM performance_metrics AS m JOIN workers AS k ON k.id = m.worker_id WHERE {where.Sql}",
            cancellationToken)).Single();
        if (!withScores)
            return summary;
        var scores = await where.QueryAsync<ScoreAverage>(
            context,
            $"""
            SELECT 0::int8 AS key, s.name AS name, {SummarySql.ScoreAverage} AS average
            FROM performance_metrics AS m {SummarySql.ScoresJoin} WHERE {where.Sql} GROUP BY s.name
            """,
            cancellationToken);
        return summary with { Quality = ScoreAverage.ByKey(scores).GetValueOrDefault(0, []) };
    }
}
