using System.Globalization;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Metrics;

/// <summary>How scores are distributed: those with a column from metrics and roll-ups, the rest from the JSON.</summary>
internal static class ScoreBins
{
    // Of perfdash_score_bin: a decade of values is 1,000 numbers long, of which it uses those from 100 to 599.
    private const int Offset = 100_000;
    private const int Decade = 1_000;

    /// <summary>The values of each score by name and key.</summary>
    /// <param name="context">Where to ask, in a transaction with one snapshot.</param>
    /// <param name="where">Which jobs.</param>
    /// <param name="key">How they are grouped.</param>
    public static async Task<Dictionary<string, Dictionary<long, ValueBins>>> QueryAsync(
        PerfDashDbContext context, MetricCondition where, GroupKey key, CancellationToken cancellationToken)
    {
        List<Row> rows = [];
        foreach (var name in KnownScores.Names)
            rows.AddRange(await ColumnAsync(context, where, key, name, cancellationToken));
        rows.AddRange(await OthersAsync(context, where, key, cancellationToken));
        return rows.GroupBy(row => row.Name, StringComparer.Ordinal).ToDictionary(
            score => score.Key, score => score.GroupBy(row => row.Key).ToDictionary(group => group.Key, group => Together([.. group])), StringComparer.Ordinal);
    }

    /// <summary>A bin of values that lie between <paramref name="min"/> and <paramref name="max"/>.</summary>
    public static ValueBin Bin(int bin, long count, double min, double max)
    {
        var (low, high) = Bounds(Math.Abs(bin));
        (low, high) = bin >= 0 ? (low, Math.BitDecrement(high)) : (Math.BitIncrement(-high), -low);
        (low, high) = (Math.Clamp(low, min, max), Math.Clamp(high, min, max));
        return new ValueBin(count, (low + high) / 2, low, high);
    }

    /// <summary>Edges moved to where bins meet, by at most half a bin, the outer ones outwards.</summary>
    public static double[] Aligned(double[] edges) =>
        [.. edges.Select((edge, i) => i == 0 ? Edge(edge, Math.Floor) : i == edges.Length - 1 ? Edge(edge, Math.Ceiling) : Edge(edge, Math.Round)).Distinct()];

    private static double Edge(double value, Func<double, double> rounded)
    {
        if (Math.Abs(value) < 1e-30)
            return 0;
        var decade = (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9);
        var digits = value / Math.Pow(10, decade - 2);
        var step = Math.Abs(digits) < 500 ? 1 : 5;
        // What is an edge but for the last digit of a double stays one.
        var places = Math.Abs((digits / step) - Math.Round(digits / step)) < 1e-6 ? Math.Round(digits / step) : rounded(digits / step);
        return double.Parse(string.Create(CultureInfo.InvariantCulture, $"{places * step:F0}e{decade - 2}"), CultureInfo.InvariantCulture);
    }

    // Read from decimals, as edges of histograms are: the bin from 0.7 on starts at the same double.
    private static (double Low, double High) Bounds(int bin)
    {
        if (bin == 0)
            return (0, double.Epsilon);
        var decade = Math.DivRem(bin - Offset, Decade, out var place);
        if (place < 0)
            (decade, place) = (decade - 1, place + Decade);
        var (low, width) = place < 500 ? (place, 1) : (500 + ((place - 500) * 5), 5);
        return (Value(low), Value(low + width));

        double Value(int digits) => double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digits}e{decade - 3}"), CultureInfo.InvariantCulture);
    }

    private static async Task<IEnumerable<Row>> ColumnAsync(
        PerfDashDbContext context, MetricCondition where, GroupKey key, string name, CancellationToken cancellationToken)
    {
        var table = RollupTable.ScoreBins(name);
        var source = await Partials.FindAsync(context, where, key.By, cancellationToken, key.Cuts, RollupTable.Sums, table);
        var bin = source.IsLarge ? "perfdash_score_bin(value)::float8" : "value";
        // Plan: as of SummaryGroups.
        var raw =
            $"""
            SELECT key, {bin} AS bin, count(*) AS bin_count, count(*) AS v_count, sum(value) AS v_sum, {DistributionSql.Squares("value")} AS v_squares, min(value) AS v_min, max(value) AS v_max
            FROM ({source.Raw($"({key.Sql})::int8 AS key, m.{name} AS value", $"m.{name} IS NOT NULL")}) AS v GROUP BY key, {bin}
            """;
        var both = source.Union(
            raw,
            RollupTable.Sums,
            $"({key.Sql})::int8 AS key, NULL::float8 AS bin, NULL::int8 AS bin_count, m.{name}_count AS v_count, m.{name}_sum AS v_sum, m.{name}_squares AS v_squares, m.{name}_min AS v_min, m.{name}_max AS v_max");
        var rows = await source.QueryAsync<ColumnRow>(
            context,
            $"""
            SELECT key, sum(v_count)::int8 AS count, sum(v_sum) AS sum, {SumColumns.Squares("v")} AS squares, min(v_min) AS min, max(v_max) AS max,
                   array_agg(bin) FILTER (WHERE bin_count > 0) AS bins, array_agg(bin_count) FILTER (WHERE bin_count > 0) AS bin_counts
            FROM {both} AS parts GROUP BY key HAVING sum(v_count) > 0
            """,
            cancellationToken);
        var rolledUp = await source.BinsAsync(context, table, key.Sql, cancellationToken);
        return rows.Select(row => new Row(
            name,
            row.Key,
            new KnownMoments(row.Count, Math.Clamp(row.Sum / row.Count, row.Min, row.Max), row.Squares, row.Min, row.Max),
            [
                .. BinCounts.Sum(row.Bins, row.BinCounts, rolledUp.GetValueOrDefault(row.Key))
                    .Select(part => source.IsLarge ? Bin((int)part.Key, part.Value, row.Min, row.Max) : new ValueBin(part.Value, part.Key, part.Key, part.Key)),
            ]));
    }

    // Any program may have written these: sums and squares may be beyond a double. Within a bin they are as good as equal.
    private static async Task<IEnumerable<Row>> OthersAsync(
        PerfDashDbContext context, MetricCondition where, GroupKey key, CancellationToken cancellationToken)
    {
        var binning = await Binning.ForAsync(context, where, cancellationToken);
        var rows = await where.QueryAsync<OtherRow>(
            context,
            $"""
            SELECT name, key, array_agg(count) AS counts, array_agg(avg) AS means, array_agg(low) AS lows, array_agg(high) AS highs
            FROM (
                SELECT name, key, count(*) AS count, (avg(value::numeric))::float8 AS avg, min(value) AS low, max(value) AS high
                FROM ({DistributionSql.OtherScores(where, key.Sql)}) AS v GROUP BY name, key, {binning.Sql("value")}
            ) AS bins GROUP BY name, key
            """,
            cancellationToken);
        return rows.Select(row => new Row(row.Name, row.Key, null, [.. row.Counts.Select((count, i) => new ValueBin(count, row.Means[i], row.Lows[i], row.Highs[i]))]));
    }

    /// <summary>A score may stand in the column of one job and in the JSON of another.</summary>
    private static ValueBins Together(Row[] rows) =>
        rows is [{ Known: { } known }] ? new ValueBins(rows[0].Bins) { Known = known } : new ValueBins(rows.SelectMany(row => row.Bins));

    private sealed record Row(string Name, long Key, KnownMoments? Known, ValueBin[] Bins);

    private sealed record ColumnRow(long Key, long Count, double Sum, double Squares, double Min, double Max, double[]? Bins, long[]? BinCounts);

    private sealed record OtherRow(string Name, long Key, long[] Counts, double[] Means, double[] Lows, double[] Highs);
}
