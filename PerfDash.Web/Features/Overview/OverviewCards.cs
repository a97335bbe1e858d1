namespace PerfDash.Web.Features.Overview;

/// <summary>One figure of the overview's first row. <paramref name="Sort"/> orders the jobs behind it.</summary>
public sealed record OverviewCard(string Name, string Label, string Value, Delta? Change, string? Note, string? Sort = null);

/// <summary>The first row.</summary>
public static class OverviewCards
{
    /// <summary>The cards; without data their labels only.</summary>
    public static IReadOnlyList<OverviewCard> From(OverviewSums? sums, bool comparesPrevious = true)
    {
        var (now, before) = (sums?.Now, sums?.Before);
        return
        [
            new("gpu-hours", "GPU hours", UnitFormat.GpuHoursFromMs(now?.TotalGpuTimeMs), Change(now?.TotalGpuTimeMs, before?.TotalGpuTimeMs), GpuNote(now), "-total_gpu_time_ms"),
            new("time-per-frame", "Average time per frame", UnitFormat.MsPerFrame(now?.AvgTimePerFrameMs), Change(now?.AvgTimePerFrameMs, before?.AvgTimePerFrameMs), now?.P95TimePerFrameMs is { } p95 ? $"p95 {UnitFormat.MsPerFrame(p95)} · {N(now.TimeCount)}" : N(now?.TimeCount), "-time_per_frame_ms"),
            new("vram", "Peak VRAM", UnitFormat.Vram(now?.MaxVramPeakMb), Change(now?.MaxVramPeakMb, before?.MaxVramPeakMb), now?.AvgVramPeakMb is { } average ? $"average {UnitFormat.Vram(average)} · {N(now.VramCount)}" : null, "-vram_peak_mb"),
            new("jobs", "Jobs completed", UnitFormat.Count(now?.JobCount), Change(now?.JobCount, before?.JobCount), null),
            new("frames", "Frames", UnitFormat.Count(now?.TotalFrames), Change(now?.TotalFrames, before?.TotalFrames), null),
        ];

        // What the farm ran decides these figures as much as how fast it ran: never better or worse. What changed says which is.
        Delta? Change(double? value, double? previous) => !comparesPrevious || sums is null ? null
            : sums.Before.JobCount == 0 || sums.Coverage.Allows(sums.Now.JobCount, sums.Before.JobCount) ? Delta.From(value, previous, GoodDirection.Neither)
            : Delta.Without($"too little data in the previous {sums.PeriodName} to compare");
    }

    private static string? GpuNote(MetricSummary? now) =>
        SumText.IsTooLarge(now?.TotalGpuTimeMs, now?.AvgGpuTimeMs) ? $"{SumText.TooLarge} · {N(now?.GpuTimeCount)}" : N(now?.GpuTimeCount);

    private static string? N(long? count) => count is null ? null : $"n = {UnitFormat.Counted(count, "job")}";
}
