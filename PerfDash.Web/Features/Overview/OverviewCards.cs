using PerfDash.Web.Shared;

namespace PerfDash.Web.Features.Overview;

/// <summary>One figure of the overview's first row. <paramref name="Sort"/> orders the jobs behind it.</summary>
internal sealed record OverviewCard(string Name, string Label, string Value, Delta? Change, string? Note, string? Sort = null);

/// <summary>The first row.</summary>
internal static class OverviewCards
{
    /// <summary>The cards; without data their labels only.</summary>
    public static IReadOnlyList<OverviewCard> Of(OverviewSums? sums, bool comparesPrevious = true)
    {
        var (now, before) = (sums?.Now, sums?.Before);
        return
        [
            new("gpu-hours", "GPU hours", UnitFormat.GpuHoursFromMs(now?.TotalGpuTimeMs), Change(now?.TotalGpuTimeMs, before?.TotalGpuTimeMs, GoodDirection.Neither), N(now?.JobCount), "-total_gpu_time_ms"),
            new("time-per-frame", "Average time per frame", UnitFormat.MsPerFrame(now?.AvgTimePerFrameMs), Change(now?.AvgTimePerFrameMs, before?.AvgTimePerFrameMs, GoodDirection.Down), now?.P95TimePerFrameMs is { } p95 ? $"p95 {UnitFormat.MsPerFrame(p95)} · {N(now.JobCount)}" : N(now?.JobCount), "-time_per_frame_ms"),
            new("vram", "Peak VRAM", UnitFormat.Vram(now?.MaxVramPeakMb), Change(now?.MaxVramPeakMb, before?.MaxVramPeakMb, GoodDirection.Down), now?.AvgVramPeakMb is { } average ? $"average {UnitFormat.Vram(average)}" : null, "-vram_peak_mb"),
            new("jobs", "Jobs completed", UnitFormat.Count(now?.JobCount), Change(now?.JobCount, before?.JobCount, GoodDirection.Neither), null),
            new("frames", "Frames", UnitFormat.Count(now?.TotalFrames), Change(now?.TotalFrames, before?.TotalFrames, GoodDirection.Neither), null),
        ];

        Delta? Change(double? value, double? previous, GoodDirection good) => comparesPrevious ? Delta.Of(value, previous, good) : null;
    }

    private static string? N(long? count) => count is null ? null : $"n = {UnitFormat.Counted(count, "job")}";
}
