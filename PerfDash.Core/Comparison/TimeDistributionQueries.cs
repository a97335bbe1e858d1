using PerfDash.Core.Statistics;

namespace PerfDash.Core.Comparison;

/// <summary>How the time per frame spreads on each side of a comparison, between the same edges.</summary>
public sealed class TimeDistributionQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The bars of each side, in the order of <paramref name="sides"/>; all of them empty where no job has a time above 0.</summary>
    public async Task<TimeDistributions> GetAsync(IReadOnlyList<ComparedJobs> sides, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(ComparedJobs.Enclosing(sides), filter with { WorkflowId = null });
        var values =
            $"""
            SELECT s.side, m.time_per_frame_ms::float8 AS value FROM scored_metrics AS m {ComparedJobs.Join}
            WHERE {where.Sql} AND m.time_per_frame_ms > 0 AND {MetricSql.HasTime}
            """;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var spread = (await where.QueryAsync<Spread>(
            context,
            $"""
            WITH {ComparedJobs.Table}
            SELECT count(*) AS count, min(value) AS min, max(value) AS max,
                   percentile_cont(0.01) WITHIN GROUP (ORDER BY value) AS p01, percentile_cont(0.25) WITHIN GROUP (ORDER BY value) AS p25,
                   percentile_cont(0.75) WITHIN GROUP (ORDER BY value) AS p75, percentile_cont(0.99) WITHIN GROUP (ORDER BY value) AS p99
            FROM ({values}) AS v
            """,
            cancellationToken,
            [.. ComparedJobs.Values(sides)])).Single();
        if (spread.Count == 0)
            return new TimeDistributions(false, [.. sides.Select(_ => new TimeDistribution(0, []))]);

        var (edges, isRatio) = TimeEdges.Create(spread.Count, spread.Min!.Value, spread.P01!.Value, spread.P25!.Value, spread.P75!.Value, spread.P99!.Value, spread.Max!.Value);
        var bins = (await where.QueryAsync<SideBin>(
            context,
            $"""
            WITH {ComparedJobs.Table}
            SELECT side, greatest(least(width_bucket(value, @edges), cardinality(@edges) - 1), 1) AS bin, count(*) AS count
            FROM ({values}) AS v GROUP BY 1, 2
            """,
            cancellationToken,
            [.. ComparedJobs.Values(sides), ("edges", edges)])).ToLookup(b => b.Side);
        return new TimeDistributions(isRatio,
        [
            .. sides.Select((_, side) => new TimeDistribution(
                bins[side].Sum(b => b.Count), Histogram.Bins(edges, bins[side].ToDictionary(b => b.Bin, b => b.Count)))),
        ]);
    }

    private sealed record Spread(long Count, double? Min, double? Max, double? P01, double? P25, double? P75, double? P99);

    private sealed record SideBin(int Side, int Bin, long Count);
}

/// <summary>Distributions of the time per frame that can be laid over each other.</summary>
/// <param name="EqualRatios">True where each bar is as many times as long as the one before it, instead of equally wide.</param>
/// <param name="Sides">One for each side.</param>
public sealed record TimeDistributions(bool EqualRatios, IReadOnlyList<TimeDistribution> Sides);

/// <summary>How the time per frame of one side spreads.</summary>
/// <param name="Count">Jobs that have a time per frame above 0.</param>
/// <param name="Histogram">Bars in milliseconds per frame, with the same edges for every side.</param>
public sealed record TimeDistribution(long Count, IReadOnlyList<HistogramBin> Histogram);

/// <summary>Edges for times of sides that may differ many times over.</summary>
public static class TimeEdges
{
    private const double WideRatio = 8;
    private const int RatioBins = 32;

    /// <summary>
    /// Equally wide bars (<see cref="Histogram.Edges"/>) where the times are within a factor of 8; else bars of equal
    /// ratio over the middle 98 %, so that a fast side is not pressed into one bar, with one more at either end for the rest.
    /// </summary>
    public static (double[] Edges, bool EqualRatios) Create(long count, double min, double p01, double p25, double p75, double p99, double max)
    {
        if (p99 <= WideRatio * p01)
            return (Histogram.Edges(count, min, p25, p75, max), false);
        var (low, high) = (Math.Log(p01), Math.Log(p99));
        var inner = Enumerable.Range(0, RatioBins + 1).Select(i => Rounded(Math.Exp(low + ((high - low) * i / RatioBins))));
        double[] edges = [.. inner.Append(min).Append(max).Where(e => e >= min && e <= max).Distinct().Order()];
        return (edges, true);
    }

    private static double Rounded(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)) - 2);
        return power >= 1 ? Math.Round(value / power) * power : Math.Round(value / power) / Math.Round(1 / power);
    }
}
