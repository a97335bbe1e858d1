using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Overview;

/// <summary>The overview's charts as inputs of the chart components.</summary>
public sealed record OverviewCharts(ChartInput Throughput, string ThroughputNote, ChartInput TimePerFrame, string TimePerFrameNote)
{
    /// <summary>Draws them from the loaded figures.</summary>
    public static OverviewCharts From(OverviewData data, bool comparesPrevious = true)
    {
        // A row of zeros is no chart: without any job the card says so in words.
        var isEmpty = data.Sums.Now.JobCount == 0;
        var note = $"n = {UnitFormat.Counted(data.Sums.Now.JobCount, "job")}, per {data.Bucket.Word()} (UTC)";
        return new OverviewCharts(
            new ChartInput
            {
                Kind = ChartKind.Bar,
                Unit = ValueUnit.Count,
                Series = [Now("jobs", "Jobs completed", data, p => isEmpty ? null : p.JobCount)],
            }.OverBuckets(data.Range, data.Bucket),
            note,
            new ChartInput
            {
                Kind = ChartKind.Line,
                Unit = ValueUnit.MsPerFrame,
                Series =
                [
                    Now("avg", "Average", data, p => p.AvgTimePerFrameMs),
                    Now("p50", "Median", data, p => p.P50TimePerFrameMs),
                    Now("p95", "p95", data, p => p.P95TimePerFrameMs),
                    .. data.Sums.Before.AvgTimePerFrameMs is null || !comparesPrevious || !data.Sums.Coverage.Allows(data.Sums.Now.JobCount, data.Sums.Before.JobCount)
                        ? Array.Empty<ChartSeries>()
                        : [Before("previous", $"Average, previous {data.Sums.PeriodName}", data, p => p.AvgTimePerFrameMs)],
                ],
            }.OverBuckets(data.Range, data.Bucket),
            note);
    }

    private static ChartSeries Now(string key, string name, OverviewData data, Func<MetricSummary, double?> value) =>
        new(key, name, [.. data.Points.Select(p => ChartPoint.At(p.BucketStart, value(p)))]);

    // Moved onto this period's axis, so that the same bucket of both stands one above the other.
    private static ChartSeries Before(string key, string name, OverviewData data, Func<MetricSummary, double?> value)
    {
        var starts = data.Points.Select(p => p.BucketStart).ToList();
        var points = data.PreviousPoints.TakeLast(starts.Count).ToList();
        return new ChartSeries(
            key,
            name,
            [.. points.Select((p, i) => ChartPoint.At(starts[starts.Count - points.Count + i], value(p)))],
            Style: ChartSeriesStyle.Previous);
    }
}
