using System.Text.Json;
using PerfDash.Core.Collection;
using PerfDash.Core.Jobs;
using PerfDash.Core.Workflows;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Jobs;

/// <summary>One figure of a job beside that of the typical job.</summary>
/// <param name="Name">What it is; any text.</param>
/// <param name="Value">Of this job; null where it has none.</param>
/// <param name="Typical">The median; null where no other job has one.</param>
/// <param name="Good">Which way is good.</param>
public sealed record JobFigure(string Name, ValueUnit Unit, double? Value, double? Typical, GoodDirection Good)
{
    // What is this close to the usual does not matter.
    private const double UsualPercent = 5;

    /// <summary>The name as jobs report it, where that is another one.</summary>
    public string? ReportedName { get; init; }

    // Tukey's fences (1977): of normal values one in 140 lies outside.
    private const double Fence = 1.5;

    /// <summary>A quarter of the earlier jobs has less; null where that is not known.</summary>
    public double? P25 { get; init; }

    /// <summary>A quarter has more.</summary>
    public double? P75 { get; init; }

    /// <summary>How far it is from the usual. Single jobs scatter: it is better or worse where it lies outside what is usual.</summary>
    public Delta Change => Delta.From(Value, Typical, Good) with { IsSure = IsUnusual };

    private bool IsUnusual =>
        Value is { } value && Typical is { } typical && P25 is { } low && P75 is { } high && Math.Abs(value - typical) >= UsualPercent / 100 * Math.Abs(typical)
        && (value < low - (Fence * (high - low)) || value > high + (Fence * (high - low)));
}

/// <summary>A job compared with the typical job of its stratum.</summary>
internal static class JobFigures
{
    /// <summary>Its own figures. Whole times are not evaluated: they grow with the frames made.</summary>
    public static IReadOnlyList<JobFigure> From(JobDetail job, TypicalJob typical) =>
    [
        new("Time per frame", ValueUnit.MsPerFrame, job.TimePerFrameMs, typical.Figures.TimePerFrameMs, GoodDirection.Down) { P25 = typical.Figures.LowTimePerFrameMs, P75 = typical.Figures.HighTimePerFrameMs },
        new("GPU time", ValueUnit.DurationMs, job.TotalGpuTimeMs, typical.Figures.GpuTimeMs, GoodDirection.Neither),
        new("Wall time", ValueUnit.DurationMs, job.TotalWallTimeMs, typical.Figures.WallTimeMs, GoodDirection.Neither),
        new("Peak VRAM", ValueUnit.VramMb, job.VramPeakMb, typical.Figures.VramPeakMb, GoodDirection.Down) { P25 = typical.Figures.LowVramPeakMb, P75 = typical.Figures.HighVramPeakMb },
        new("Frames", ValueUnit.Count, job.FrameCount, typical.Figures.FrameCount, GoodDirection.Neither),
    ];

    /// <summary>Its scores, and those it lacks though they are usual.</summary>
    public static IReadOnlyList<JobFigure> ScoresOf(JobDetail job, TypicalJob typical)
    {
        var own = new SortedDictionary<string, double?>(StringComparer.Ordinal);
        foreach (var score in typical.Scores)
            own[score.Name] = null;
        if (job.QualityScores is { ValueKind: JsonValueKind.Object } scores)
        {
            foreach (var score in scores.EnumerateObject())
                own[score.Name] = Number(score.Value);
        }

        var usual = typical.Scores.ToDictionary(s => s.Name, StringComparer.Ordinal);
        return
        [
            .. own.Select(s =>
            {
                var known = usual.GetValueOrDefault(s.Key);
                return new JobFigure(DisplayName.From(s.Key), ValueUnit.Score, s.Value, known?.Value, GoodDirection.Up) { ReportedName = s.Key, P25 = known?.P25, P75 = known?.P75 };
            }),
        ];
    }

    /// <summary>Its stages one after another, each run a bar; a stage it left out though it is usual stands at the end.</summary>
    public static IReadOnlyList<StageBar> StagesOf(JobDetail job, TypicalJob typical)
    {
        if (job.PipelineStages is not { ValueKind: JsonValueKind.Array } stages)
            return [];
        var runs = stages.EnumerateArray()
            .Where(s => s.ValueKind == JsonValueKind.Object && s.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String)
            .Select(s => (Name: s.GetProperty("name").GetString()!, Ms: s.TryGetProperty("duration_ms", out var ms) ? Number(ms) : null))
            .Where(s => s.Ms >= 0)
            .Take(JobLimits.MaxStages)
            .ToList();
        var usual = typical.Stages.ToDictionary(s => s.Name, s => s, StringComparer.Ordinal);
        var (start, seen, bars) = (0d, new HashSet<string>(StringComparer.Ordinal), new List<StageBar>());
        foreach (var (name, ms) in runs)
        {
            var isFirst = seen.Add(name);
            var times = runs.Count(r => r.Name == name);
            bars.Add(new StageBar(name, start, ms)
            {
                TypicalMs = isFirst && usual.TryGetValue(name, out var stage) ? stage.DurationMs : null,
                ComparedMs = times > 1 ? runs.Where(r => r.Name == name).Sum(r => r.Ms) : null,
                Note = times > 1 && isFirst ? $" for all {times} runs" : null,
            });
            start += ms!.Value;
        }

        if (bars.Count > 0)
            bars.AddRange(typical.Stages.Where(s => s.JobCount * 2 > typical.Figures.JobCount && !seen.Contains(s.Name)).Select(s => new StageBar(s.Name, start, null) { TypicalMs = s.DurationMs }));
        return bars;
    }

    private static double? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;
}
