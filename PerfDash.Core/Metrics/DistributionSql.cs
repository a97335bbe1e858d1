using PerfDash.Core.Statistics;

namespace PerfDash.Core.Metrics;

/// <summary>
/// Distributions of values: counted in bins first, then edges chosen from them, then the bars from the same bins, or counted
/// once more where an edge runs through a bin.
/// </summary>
internal static class DistributionSql
{
    /// <summary>
    /// Ends a subquery that PostgreSQL must not merge into what surrounds it, where each use of a value would work it out
    /// again and groups would be taken to be as many as their columns have values. Typed: what it takes for a limit is not
    /// read in parallel.
    /// </summary>
    public const string OptimizationFence = "OFFSET BIGINT '0'";

    /// <summary>Rows <c>key</c>, <c>value</c> (FLOAT8, finite) of a column of the condition's jobs.</summary>
    public static string Column(string column, MetricCondition where, string key = "0") =>
        $"""
        SELECT ({key})::int8 AS key, m.{column}::float8 AS value
        FROM scored_metrics AS m WHERE {where.Sql} AND m.{column} > '-Infinity' AND m.{column} < 'Infinity'
        """;

    /// <summary>Rows <c>key</c>, <c>value</c> (FLOAT8), <c>name</c> of the scores that only the JSON holds.</summary>
    public static string OtherScores(MetricCondition where, string key = "0") =>
        $"""
        SELECT key, name, value FROM (
            SELECT ({key})::int8 AS key, s.name, {JsonNumberSql.Float8("s.value")} AS value
            FROM other_scored_metrics AS m {KnownScores.JsonJoin} WHERE {where.Sql} AND {KnownScores.OnlyInJson} {OptimizationFence}
        ) AS scores WHERE value IS NOT NULL
        """;

    /// <summary>
    /// The sum of squared differences from the mean, an aggregate; 0 of equal values. From sums, which are summed up ten times as
    /// quickly as PostgreSQL's own variance; of values within ±1e100 whose deviation is not far below a millionth of their mean.
    /// </summary>
    public static string Squares(string value) =>
        $"CASE WHEN min({value}) < max({value}) THEN greatest(sum({value} * {value}) - sum({value}) * (sum({value}) / count({value})), 0) ELSE 0 END";

    /// <summary>How many of <paramref name="values"/> (<c>key</c>, <c>value</c>) lie between the edges, by key and number of the bar from 1.</summary>
    public static async Task<ILookup<long, (int Bar, long Count)>> BarsAsync(
        PerfDashDbContext context, MetricCondition where, string values, double[] edges, CancellationToken cancellationToken) =>
        (await where.QueryAsync<BarCount>(
            context,
            $"""
            SELECT key, bar, count(*) AS count
            FROM (SELECT key, greatest(least(width_bucket(value, @edges), cardinality(@edges) - 1), 1) AS bar FROM ({values}) AS v {OptimizationFence}) AS bars
            GROUP BY key, bar
            """,
            cancellationToken,
            ("edges", edges))).ToLookup(bar => bar.Key, bar => (bar.Bar, bar.Count));

    /// <summary>The distribution of <paramref name="values"/>, which <paramref name="bins"/> hold, with its histogram.</summary>
    /// <param name="context">Where to ask.</param>
    /// <param name="where">Which jobs.</param>
    /// <param name="bins">The values in bins.</param>
    /// <param name="values">SQL of the values, should an edge run through a bin.</param>
    /// <param name="align">Moves edges to where bins meet; null where they may lie anywhere.</param>
    public static async Task<Distribution> DistributionAsync(
        PerfDashDbContext context, MetricCondition where, ValueBins bins, string values, CancellationToken cancellationToken, Func<double[], double[]>? align = null)
    {
        if (bins.Count == 0)
            return new Distribution();
        var edges = bins.Edges();
        if (align is not null)
            edges = align(edges);
        var bars = bins.Bars(edges)
            ?? (await BarsAsync(context, where, values, edges, cancellationToken)).SelectMany(bar => bar).ToDictionary(bar => bar.Bar, bar => bar.Count);
        return bins.Distribution() with { Histogram = Histogram.Bins(edges, bars) };
    }

    /// <summary>The values of a score wherever they are kept: <c>key</c>, <c>value</c>. Takes <c>@score</c>, its name.</summary>
    public static string Score(string name, MetricCondition where, string key = "0")
    {
        var others = $"SELECT key, value FROM ({OtherScores(where, key)}) AS others WHERE name = @score";
        return KnownScores.Names.Contains(name, StringComparer.Ordinal) ? $"{Column(name, where, key)} UNION ALL {others}" : others;
    }

    private sealed record BarCount(long Key, int Bar, long Count);
}
