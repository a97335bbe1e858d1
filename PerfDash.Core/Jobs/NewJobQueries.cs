namespace PerfDash.Core.Jobs;

/// <summary>What has been recorded since a list of jobs was loaded.</summary>
public sealed class NewJobQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Counted up to this many; beyond it, nobody reads the difference.</summary>
    public const int MaxCounted = 10_000;

    /// <summary>A mark of what is recorded now; 0 where nothing is.</summary>
    public async Task<long> MarkAsync(CancellationToken cancellationToken)
    {
        // Plan: the last key of each partition.
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.PerformanceMetrics.MaxAsync(m => (long?)m.Id, cancellationToken) ?? 0;
    }

    /// <summary>Jobs of a range and filter recorded after a mark, <see cref="MaxCounted"/> at most.</summary>
    public async Task<long> CountAsync(TimeRange range, MetricFilter filter, long mark, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return (await where.QueryAsync<long>(
            context,
            $"""SELECT count(*) AS "Value" FROM (SELECT FROM scored_metrics AS m WHERE m.id > @mark AND {where.Sql} LIMIT {MaxCounted}) AS newer""",
            cancellationToken,
            ("mark", mark))).Single();
    }
}
