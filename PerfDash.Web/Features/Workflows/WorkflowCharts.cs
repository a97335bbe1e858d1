using PerfDash.Core.Statistics;
using PerfDash.Core.Workflows;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Workflows;

/// <summary>The charts of a workflow's page as inputs of the chart components.</summary>
internal static class WorkflowCharts
{
    // More colours than this nobody distinguishes.
    private const int MostStages = 10;

    /// <summary>Average, moving average, and the band from the least to the greatest.</summary>
    public static ChartInput Trend(WorkflowHead head)
    {
        var (trend, color) = (head.Trend, ChartPalette.ColorFor(EntityKind.Workflow, head.Trend.WorkflowId));
        return new ChartInput
        {
            Kind = ChartKind.Line,
            Unit = ValueUnit.MsPerFrame,
            Series =
            [
                new("avg", "Average", [.. trend.Points.Select(p => ChartPoint.At(p.BucketStart, p.AvgTimePerFrameMs))], color),
                new("moving", $"Moving average of {trend.Window}", [.. trend.Points.Select(p => ChartPoint.At(p.BucketStart, p.MovingAvgTimePerFrameMs))], ChartPalette.Light[7], ChartSeriesStyle.Dashed),
                new("min", "Lowest job", [.. head.Spread.Select(s => ChartPoint.At(s.BucketStart, s.MinTimePerFrameMs))], color, ChartSeriesStyle.Band),
                new("max", "Highest job", [.. head.Spread.Select(s => ChartPoint.At(s.BucketStart, s.MaxTimePerFrameMs))], color, ChartSeriesStyle.Band),
            ],
        }.OverBuckets(head.Range, trend.Bucket);
    }

    /// <summary>How values spread.</summary>
    public static ChartInput Histogram(IReadOnlyList<HistogramBin> bins, ValueUnit unit, string what, string color) => new()
    {
        Kind = ChartKind.Bar,
        Axis = ChartAxis.Bins,
        Unit = ValueUnit.Count,
        XTitle = what,
        Bins = ChartBins.From(bins, unit),
        Series = [new("jobs", "Jobs", [.. bins.Select((b, i) => ChartPoint.Xy(i, b.Count))], color)],
    };

    /// <summary>GPU hours by worker; a bar's key is the worker's id.</summary>
    public static ChartInput ByWorker(WorkflowDetail detail) => Bars("Worker", detail.GpuTimeByWorker.Select(w =>
        ChartPoint.ForCategory(w.WorkerName, w.TotalGpuTimeMs / 3_600_000d, $"{w.WorkerId}", ChartPalette.ColorFor(EntityKind.Worker, w.WorkerId))));

    /// <summary>GPU hours by resolution tier; a bar's key is the tier.</summary>
    public static ChartInput ByTier(WorkflowDetail detail) => Bars("Resolution tier", detail.GpuTimeByResolutionTier.Select(t =>
        ChartPoint.ForCategory(t.ResolutionTier ?? "no tier", t.TotalGpuTimeMs / 3_600_000d, t.ResolutionTier, ChartPalette.ColorFor(EntityKind.ResolutionTier, t.ResolutionTier ?? ""))));

    /// <summary>What an average job of each bucket spent its time on; the smallest stages together where there are many.</summary>
    public static ChartInput Stages(IReadOnlyList<StageBucket> buckets, TimeRange range, Bucket bucket)
    {
        var byStage = buckets.GroupBy(s => s.Name, StringComparer.Ordinal).OrderByDescending(g => g.Sum(s => s.AvgDurationMs * s.JobCount)).ToList();
        var shown = byStage.Count > MostStages ? byStage.Take(MostStages - 1).ToList() : byStage;
        var rest = byStage.Skip(shown.Count).SelectMany(g => g).GroupBy(s => s.BucketStart).OrderBy(g => g.Key).ToList();
        return new ChartInput
        {
            Kind = ChartKind.StackedBar,
            Unit = ValueUnit.DurationMs,
            Series =
            [
                .. shown.Select(g => new ChartSeries(g.Key, DisplayName.From(g.Key), [.. g.Select(s => ChartPoint.At(s.BucketStart, s.AvgDurationMs))], ChartPalette.ColorFor(EntityKind.Stage, g.Key)) { ReportedName = g.Key }),
                .. rest.Count == 0
                    ? Array.Empty<ChartSeries>()
                    : [new(" rest", $"{byStage.Count - shown.Count} other stages", [.. rest.Select(g => ChartPoint.At(g.Key, g.Sum(s => s.AvgDurationMs)))], ChartPalette.Light[7])],
            ],
        }.OverBuckets(range, bucket);
    }

    /// <summary>The typical job's stages, one after another.</summary>
    public static IReadOnlyList<StageBar> Waterfall(IReadOnlyList<TypicalStage> stages)
    {
        var start = 0d;
        var bars = new List<StageBar>(stages.Count);
        foreach (var stage in stages)
        {
            bars.Add(new StageBar(stage.Name, start, stage.DurationMs) { JobCount = stage.JobCount });
            start += stage.DurationMs;
        }

        return bars;
    }

    private static ChartInput Bars(string what, IEnumerable<ChartPoint> points) => new()
    {
        Kind = ChartKind.HorizontalBar,
        Axis = ChartAxis.Category,
        Unit = ValueUnit.GpuHours,
        XTitle = what,
        Series = [new("gpu", "GPU time", [.. points])],
    };
}
