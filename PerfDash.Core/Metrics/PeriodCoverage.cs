namespace PerfDash.Core.Metrics;

/// <summary>How much of a range, and of the equally long period before it, has jobs.</summary>
/// <param name="Days">Thirtieths of the range with at least one job; days where it is 30 days long.</param>
/// <param name="DaysBefore">Of the period before.</param>
public sealed record PeriodCoverage(int Days, int DaysBefore)
{
    /// <summary>Equal parts each period is looked at in.</summary>
    public const int Parts = 30;

    /// <summary>Whether the period before has enough to be compared with: see <see cref="Evidence.LeastShareOfJobs"/> and <see cref="Evidence.LeastShareOfDays"/>.</summary>
    public bool Allows(long jobs, long jobsBefore) =>
        jobsBefore > 0 && jobsBefore >= Evidence.LeastShareOfJobs * jobs && DaysBefore >= Evidence.LeastShareOfDays * Days;
}

/// <summary>Asks for <see cref="PeriodCoverage"/>.</summary>
public sealed class PeriodCoverageQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The coverage of a range and of the period before it.</summary>
    public async Task<PeriodCoverage> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var both = new TimeRange(range.Previous.From, range.To);
        var where = new MetricCondition(both, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: for each part one probe of an index that ends with created_at; the fence keeps it a probe.
        var found = await where.QueryAsync<Part>(
            context,
            $"""
            SELECT n AS number FROM generate_series(1, {2 * PeriodCoverage.Parts}) AS n
            WHERE EXISTS (
                SELECT 1 FROM scored_metrics AS m
                WHERE {where.Sql} AND m.created_at >= (@edges)[n] AND m.created_at < (@edges)[n + 1] {DistributionSql.OptimizationFence})
            """,
            cancellationToken,
            ("edges", Enumerable.Range(0, (2 * PeriodCoverage.Parts) + 1)
                .Select(i => both.From.UtcDateTime.AddTicks((long)((Int128)(both.To - both.From).Ticks * i / (2 * PeriodCoverage.Parts)))).ToArray()));
        return new PeriodCoverage(found.Count(part => part.Number > PeriodCoverage.Parts), found.Count(part => part.Number <= PeriodCoverage.Parts));
    }

    private sealed record Part(int Number);
}
