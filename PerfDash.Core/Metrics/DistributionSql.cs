using System.Globalization;
using PerfDash.Data;

namespace PerfDash.Core.Metrics;

/// <summary>Distributions of named values: figures first, then edges chosen from them, then the count between the edges.</summary>
internal static class DistributionSql
{
    /// <summary>Ends a subquery that PostgreSQL must not merge into what surrounds it, where each use of a value would read the JSON again.</summary>
    public const string ReadOnce = "OFFSET 0";

    /// <summary>Rows of every score of the condition's jobs: <c>name</c>, <c>value</c> (NUMERIC, never NULL), <c>workflow_id</c>.</summary>
    public static string Scores(MetricCondition where) =>
        $"""
        SELECT name, value, workflow_id FROM (
            SELECT s.name, {JsonNumberSql.Numeric("s.value")} AS value, m.workflow_id
            FROM performance_metrics AS m {SummarySql.ScoresJoin} WHERE {where.Sql} {ReadOnce}
        ) AS scores WHERE value IS NOT NULL
        """;

    /// <summary>Rows of the condition's times per frame, under the name <c>time_per_frame</c>.</summary>
    public static string TimesPerFrame(MetricCondition where) =>
        $"""
        SELECT 'time_per_frame' AS name, m.time_per_frame_ms::float8 AS value
        FROM performance_metrics AS m WHERE {where.Sql} AND m.time_per_frame_ms > '-Infinity' AND m.time_per_frame_ms < 'Infinity'
        """;

    /// <summary>Goes with <see cref="EdgeValues"/>: the edges of each name, as a table to join by name.</summary>
    public const string EdgesTable =
        "edges AS MATERIALIZED (SELECT name, edges::float8[] AS edges FROM unnest(@edge_names, @edge_values) AS e(name, edges))";

    /// <summary>The number, from 1, of the bar that holds <c>v.value</c> within <c>e.edges</c>; the last bar includes its upper edge.</summary>
    public const string Bin = "greatest(least(width_bucket(v.value::float8, e.edges), cardinality(e.edges) - 1), 1)";

    /// <summary>The distribution of each name among <paramref name="values"/>, a SELECT of <c>name</c> and <c>value</c>. To be run in one snapshot.</summary>
    public static async Task<Dictionary<string, Distribution>> QueryAsync(
        PerfDashDbContext context, MetricCondition where, string values, CancellationToken cancellationToken)
    {
        var figures = await FiguresAsync(context, where, values, cancellationToken);
        var edges = figures.ToDictionary(f => f.Name, f => f.Edges(), StringComparer.Ordinal);
        var counts = (await where.QueryAsync<BinCount>(
            context,
            $"WITH {EdgesTable} SELECT v.name, {Bin} AS bin, count(*) AS count FROM ({values}) AS v JOIN edges AS e USING (name) GROUP BY 1, 2",
            cancellationToken,
            [.. EdgeValues(edges)])).ToLookup(c => c.Name, StringComparer.Ordinal);
        return figures.ToDictionary(
            f => f.Name,
            f => f.Distribution() with { Histogram = Histogram.Bins(edges[f.Name], counts[f.Name].ToDictionary(c => c.Bin, c => c.Count)) },
            StringComparer.Ordinal);
    }

    /// <summary>The figures of each name among <paramref name="values"/>, in the order of names.</summary>
    public static async Task<List<DistributionFigures>> FiguresAsync(
        PerfDashDbContext context, MetricCondition where, string values, CancellationToken cancellationToken)
    {
        var figures = await where.QueryAsync<DistributionFigures>(
            context,
            $"""
            SELECT name, count(*) AS count, avg(value)::float8 AS avg, min(value)::float8 AS min, max(value)::float8 AS max,
                   stddev_samp(value)::float8 AS stddev,
                   percentile_cont(0.25) WITHIN GROUP (ORDER BY value::float8) AS p25,
                   percentile_cont(0.5)  WITHIN GROUP (ORDER BY value::float8) AS p50,
                   percentile_cont(0.75) WITHIN GROUP (ORDER BY value::float8) AS p75,
                   percentile_cont(0.9)  WITHIN GROUP (ORDER BY value::float8) AS p90,
                   percentile_cont(0.95) WITHIN GROUP (ORDER BY value::float8) AS p95,
                   percentile_cont(0.99) WITHIN GROUP (ORDER BY value::float8) AS p99
            FROM ({values}) AS v GROUP BY name
            """,
            cancellationToken);
        figures.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return figures;
    }

    /// <summary>Parameters of <see cref="EdgesTable"/>.</summary>
    public static IEnumerable<(string Name, object Value)> EdgeValues(IReadOnlyDictionary<string, double[]> edges) =>
    [
        ("edge_names", edges.Keys.ToArray()),
        // One array literal each: PostgreSQL has no arrays of arrays of different lengths.
        ("edge_values", edges.Values.Select(e => $"{{{string.Join(',', e.Select(x => x.ToString("R", CultureInfo.InvariantCulture)))}}}").ToArray()),
    ];
}

/// <summary>Figures of a distribution, as they come from the database.</summary>
internal sealed record DistributionFigures(
    string Name, long Count, double Avg, double Min, double Max, double? Stddev, double P25, double P50, double P75, double P90, double P95, double P99)
{
    public double[] Edges() => Histogram.Edges(Count, Min, P25, P75, Max);

    public Distribution Distribution() => new()
    {
        Count = Count,
        Avg = Avg,
        Min = Min,
        Max = Max,
        Stddev = Stddev,
        P50 = P50,
        P90 = P90,
        P95 = P95,
        P99 = P99,
    };
}

/// <summary>How many values fell into a bar, the first being 1.</summary>
internal sealed record BinCount(string Name, int Bin, long Count);
