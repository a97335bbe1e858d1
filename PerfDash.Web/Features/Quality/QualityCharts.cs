using PerfDash.Core.Quality;
using PerfDash.Core.Statistics;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Quality;

/// <summary>The quality page's charts.</summary>
internal static class QualityCharts
{
    /// <summary>The histograms of workflows over each other, as shares of each one's jobs.</summary>
    public static ChartInput Overlay(IReadOnlyList<WorkflowScore> workflows) => new()
    {
        Kind = ChartKind.Line,
        Axis = ChartAxis.Bins,
        Unit = ValueUnit.Percent,
        XTitle = "Score",
        // All workflows have the same edges.
        Bins = ChartBins.From(workflows.Count == 0 ? [] : workflows[0].Histogram, ValueUnit.Score),
        Series =
        [
            .. workflows.Select(w => new ChartSeries(
                $"workflow-{w.WorkflowId}", $"{w.WorkflowName} (n = {UnitFormat.Count(w.Count)})",
                [.. w.Histogram.Select((b, i) => ChartPoint.Xy(i, 100.0 * b.Count / w.Count))],
                ChartPalette.ColorFor(EntityKind.Workflow, w.WorkflowId))),
        ],
    };

    /// <summary>The edges of a bar as people read them.</summary>
    public static string BinText(HistogramBin bin) => $"{Edge(bin.Lower)} – {Edge(bin.Upper)}";

    /// <summary>An edge with as many decimals as it has, up to four.</summary>
    public static string Edge(double value) => value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>One score over time.</summary>
    public static ChartInput Trend(TimeRange range, Bucket bucket, IEnumerable<ChartSeries> series) => new ChartInput
    {
        Kind = ChartKind.Line,
        Unit = ValueUnit.Score,
        StartAtZero = false,
        Series = [.. series],
    }.OverBuckets(range, bucket);

    /// <summary>A trend as a series.</summary>
    public static ChartSeries Series(string key, string name, string color, IReadOnlyList<ScoreBucket> points) =>
        new(key, name, [.. points.Select(p => ChartPoint.At(p.BucketStart, p.Avg))], color);

    /// <summary>A parameter against a score, with the line through the points.</summary>
    public static ChartInput Scatter(Correlation relation)
    {
        var points = relation.Points.OrderBy(p => p.X.Value).ThenBy(p => p.JobId).ToList();
        List<ChartSeries> series =
        [
            new("jobs", "Jobs", [.. points.Select(p => ChartPoint.Xy(p.X.Value, p.Y, p.JobId.ToString(System.Globalization.CultureInfo.InvariantCulture)))], ChartPalette.ColorAt(0)),
        ];
        if (Regression.Fit([.. points.Select(p => p.X.Value)], [.. points.Select(p => p.Y)]) is { } line)
        {
            double[] ends = [points[0].X.Value, points[^1].X.Value];
            series.Add(new("line", "Linear fit", [.. ends.Select(x => ChartPoint.Xy(x, line.At(x)))], ChartPalette.ColorAt(1), ChartSeriesStyle.Dashed));
        }

        return new ChartInput
        {
            Kind = ChartKind.Scatter,
            Axis = ChartAxis.Number,
            Unit = ValueUnit.Score,
            XUnit = ValueUnit.Number,
            XTitle = DisplayName.From(relation.Parameter),
            StartAtZero = false,
            Series = series,
        };
    }

    /// <summary>Mean score by the value of a parameter that is no number.</summary>
    public static ChartInput Groups(Correlation relation) => new()
    {
        Kind = ChartKind.HorizontalBar,
        Axis = ChartAxis.Category,
        Unit = ValueUnit.Score,
        XTitle = DisplayName.From(relation.Parameter),
        Series = [new("mean", $"Mean {DisplayName.InSentence(relation.Score)}", [.. relation.Groups.Select(g => ChartPoint.ForCategory($"{g.Value} (n = {UnitFormat.Count(g.Count)})", g.Avg))], ChartPalette.ColorFor(EntityKind.Score, relation.Score))],
    };
}
