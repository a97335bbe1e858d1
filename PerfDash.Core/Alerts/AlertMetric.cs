using System.Globalization;
using System.Text.Json;
using PerfDash.Core.Collection;
using PerfDash.Core.Statistics;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts;

/// <summary>What a rule may watch: four figures of a job, or any of its quality scores as <c>quality.NAME</c>.</summary>
/// <param name="Name">The word, as stored.</param>
/// <param name="Score">Name of the score; null for a figure.</param>
public sealed record AlertMetric(string Name, string? Score)
{
    /// <summary>Characters in the name of a score, at most.</summary>
    public const int MaxScoreLength = 100;

    /// <summary>What a window rule without a metric watches: a share from 0 to 1.</summary>
    public const string FailedShare = "failed_share";

    /// <summary>Likewise: minutes.</summary>
    public const string Silence = "silence";

    private const string ScorePrefix = "quality.";

    public static IReadOnlyList<string> Figures { get; } = ["time_per_frame_ms", "total_gpu_time_ms", "total_wall_time_ms", "vram_peak_mb"];

    /// <summary>Scores are better the higher they are; everything else the lower.</summary>
    public AlertDirection UsualDirection => Score is null ? AlertDirection.Above : AlertDirection.Below;

    /// <summary>Reads a word; null when it is none.</summary>
    public static AlertMetric? Read(string? name)
    {
        if (name is null)
            return null;
        if (Figures.Contains(name))
            return new AlertMetric(name, null);
        return name.StartsWith(ScorePrefix, StringComparison.Ordinal)
            && name[ScorePrefix.Length..] is var score
            && score.Length is > 0 and <= MaxScoreLength
            && !char.IsWhiteSpace(score[0])
            && !char.IsWhiteSpace(score[^1])
            && !score.Any(char.IsControl)
            ? new AlertMetric(name, score)
            : null;
    }

    /// <summary>A REAL as the decimal it was written as: 0.8, not 0.800000011920929.</summary>
    public static double AsWritten(float real) => double.Parse(real.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>FLOAT8 of the metric, of <c>scored_metrics AS m</c>; the name of a score is the parameter <paramref name="scoreParameter"/>.</summary>
    internal string Sql(string scoreParameter) => Score is not null
        ? JsonNumberSql.Float8($"m.quality_scores_json -> {scoreParameter}")
        : Name == "time_per_frame_ms" ? $"CASE WHEN {MetricSql.HasTime} THEN {RealDigits.Sql("m.time_per_frame_ms")} END" : $"m.{Name}::float8";

    /// <summary>What a job measured; null where it did not.</summary>
    internal double? ValueOf(JobReading reading, JsonElement? scores) => Name switch
    {
        "time_per_frame_ms" => reading.TimePerFrameMs is { } real ? AsWritten(real) : null,
        "total_gpu_time_ms" => reading.TotalGpuTimeMs,
        "total_wall_time_ms" => reading.TotalWallTimeMs,
        "vram_peak_mb" => reading.VramPeakMb,
        _ => scores is { } all && all.TryGetProperty(Score!, out var score) && score.ValueKind == JsonValueKind.Number
             && score.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : null,
    };
}
