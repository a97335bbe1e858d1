using PerfDash.Core.Alerts;

namespace PerfDash.Web.Features.Alerts;

/// <summary>
/// How what rules watch is called and written on pages: values as on every page, limits exactly as they were set, since
/// a rounded limit would seem to fire too early or too late. <see cref="AlertUnits"/> writes and reads limits.
/// </summary>
public static class AlertMeasure
{
    private const string ScorePrefix = "quality.";

    /// <summary>What people call it: a metric's word, or <c>failed_share</c> or <c>silence</c>.</summary>
    public static string NameOf(string? metric) => metric switch
    {
        "time_per_frame_ms" => "Time per frame",
        "total_gpu_time_ms" => "GPU time",
        "total_wall_time_ms" => "Wall time",
        "vram_peak_mb" => "Peak VRAM",
        AlertMetric.FailedShare => "Share of failed jobs",
        AlertMetric.Silence => "Silence",
        _ => ScoreOf(metric) is { } score ? DisplayName.From(score) : metric ?? "",
    };

    /// <summary>The score's name in <c>quality.NAME</c>; null for anything else.</summary>
    public static string? ScoreOf(string? metric) =>
        metric?.StartsWith(ScorePrefix, StringComparison.Ordinal) is true && metric.Length > ScorePrefix.Length ? metric[ScorePrefix.Length..] : null;

    /// <summary>The word of a score as a metric.</summary>
    public static string Score(string name) => ScorePrefix + name;

    /// <summary>The unit values are stored and exported in; blank where there is none.</summary>
    public static string UnitOf(string? metric) => metric switch
    {
        "time_per_frame_ms" => "ms/frame",
        "total_gpu_time_ms" or "total_wall_time_ms" => "ms",
        "vram_peak_mb" => "MB",
        AlertMetric.FailedShare => "share",
        AlertMetric.Silence => "min",
        _ => "",
    };

    public static string Value(double? value, string metric) => metric switch
    {
        "time_per_frame_ms" => UnitFormat.MsPerFrame(value),
        "total_gpu_time_ms" or "total_wall_time_ms" => UnitFormat.Duration(value),
        "vram_peak_mb" => UnitFormat.Vram(value),
        AlertMetric.FailedShare => UnitFormat.Percent(value * 100),
        AlertMetric.Silence => UnitFormat.Duration(value * 60_000),
        _ => UnitFormat.Score(value),
    };

    /// <summary>A limit, without rounding.</summary>
    public static string Limit(float limit, string? metric) => AlertUnits.Limit(limit, metric) + (metric == "time_per_frame_ms" ? "/frame" : "");
}
