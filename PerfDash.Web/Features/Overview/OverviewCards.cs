using PerfDash.Web.Shared;

namespace PerfDash.Web.Features.Overview;

/// <summary>One figure of the overview's first row.</summary>
internal sealed record OverviewCard(string Name, string Label, string Value, Delta? Change, string? Note);

/// <summary>The first row.</summary>
internal static class OverviewCards
{
    /// <summary>The cards; without data their labels only.</summary>
    public static IReadOnlyList<OverviewCard> Of(OverviewData? data)
    {
        var now = data?.Overview.Summary;
        var before = data?.Previous;
        return
        [
            new("gpu-hours", "GPU hours", UnitFormat.GpuHoursFromMs(now?.TotalGpuTimeMs), Delta.Of(now?.TotalGpuTimeMs, before?.TotalGpuTimeMs, GoodDirection.Neither), N(now?.JobCount)),
            new("time-per-frame", "Average time per frame", UnitFormat.MsPerFrame(now?.AvgTimePerFrameMs), Delta.Of(now?.AvgTimePerFrameMs, before?.AvgTimePerFrameMs, GoodDirection.Down), now?.P95TimePerFrameMs is { } p95 ? $"p95 {UnitFormat.MsPerFrame(p95)} · {N(now.JobCount)}" : N(now?.JobCount)),
            new("vram", "Peak VRAM", UnitFormat.Vram(now?.MaxVramPeakMb), Delta.Of(now?.MaxVramPeakMb, before?.MaxVramPeakMb, GoodDirection.Down), now?.AvgVramPeakMb is { } average ? $"average {UnitFormat.Vram(average)}" : null),
            new("jobs", "Jobs completed", UnitFormat.Count(now?.JobCount), Delta.Of(now?.JobCount, before?.JobCount, GoodDirection.Neither), null),
            new("frames", "Frames", UnitFormat.Count(now?.TotalFrames), Delta.Of(now?.TotalFrames, before?.TotalFrames, GoodDirection.Neither), null),
        ];
    }

    private static string? N(long? count) => count is null ? null : $"n = {UnitFormat.Counted(count, "job")}";
}
