using System.Globalization;
using System.Text.Json;

namespace PerfDash.Tests.Overview;

/// <summary>Jobs for the figures of the overview.</summary>
public static class SampleFarm
{
    private static readonly string?[] ScoreTexts =
    [
        null, "{}", "[1]", "3", "null",
        """{"likeness": 0.5}""", """{"likeness": 0.75, "face_confidence": 0.9}""", """{"likeness": "high", "motion_quality": 3}""",
        """{"likeness": null, "boundary_ssim": 0.999}""", """{"likeness": 0.1, "text rendering/Schrift": 88.5}""", """{"likeness": -2e3}""",
    ];

    /// <summary>Metrics with gaps, ties and odd scores between two moments; the same for the same seed.</summary>
    public static List<FarmRow> Generate(
        int seed, int count, DateTime from, DateTime to, long[] workflows, (long Id, decimal? Price)[] workers, long?[] projects)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var worker = workers[random.Next(workers.Length)];
            return new FarmRow
            {
                WorkflowId = workflows[random.Next(workflows.Length)],
                WorkerId = worker.Id,
                Price = worker.Price,
                ProjectId = projects[random.Next(projects.Length)],
                Tier = random.Next(4) switch { 0 => null, 1 => "720p", 2 => "1080p", _ => "4K" },
                // Whole milliseconds from a small set: plenty of ties.
                TimePerFrameMs = random.Next(5) == 0 ? null : random.Next(3) == 0 ? random.Next(100, 105) : (float)(random.NextDouble() * 2000),
                GpuTimeMs = random.Next(5) == 0 ? null : random.NextInt64(0, 90_000_000),
                VramMb = random.Next(5) == 0 ? null : random.Next(0, 81_920),
                Frames = random.Next(5) == 0 ? null : random.Next(0, 500),
                ScoresJson = ScoreTexts[random.Next(ScoreTexts.Length)],
                CompletedAt = from.AddTicks(random.NextInt64((to - from).Ticks / 10) * 10),
            };
        })];
    }
}

/// <summary>The summary of some metrics, worked out in plain C#.</summary>
public static class Oracle
{
    /// <summary>The names of the summary, as the contract has them.</summary>
    public static readonly string[] SummaryNames =
    [
        "job_count", "avg_time_per_frame_ms", "min_time_per_frame_ms", "max_time_per_frame_ms", "p50_time_per_frame_ms",
        "p95_time_per_frame_ms", "avg_gpu_time_ms", "min_gpu_time_ms", "max_gpu_time_ms", "total_gpu_time_ms",
        "avg_vram_peak_mb", "min_vram_peak_mb", "max_vram_peak_mb", "total_frames", "avg_likeness_score", "quality", "total_cost",
    ];

    /// <summary>Asserts that an answer holds the summary of these metrics.</summary>
    public static void AssertSums(IReadOnlyCollection<FarmRow> metrics, JsonElement answer, string what)
    {
        // Means are of the values as they are stored, all else has the digits they were written with.
        double[] stored = [.. metrics.Select(m => m.TimePerFrameMs).OfType<float>().Select(v => (double)v)];
        double[] perFrame = [.. metrics.Select(m => m.TimePerFrameMs).OfType<float>().Select(NaiveAggregates.AsWritten).Order()];
        double[] gpu = [.. metrics.Select(m => m.GpuTimeMs).OfType<long>().Select(v => (double)v)];
        double[] vram = [.. metrics.Select(m => m.VramMb).OfType<int>().Select(v => (double)v)];
        double[] frames = [.. metrics.Select(m => m.Frames).OfType<int>().Select(v => (double)v)];
        double[] costs = [.. metrics.Where(m => m.Price is not null && m.GpuTimeMs is not null).Select(m => (double)m.Price! * m.GpuTimeMs!.Value / 3_600_000)];
        var scores = metrics.SelectMany(ScoresOf).GroupBy(s => s.Name).ToDictionary(g => g.Key, g => g.Average(s => s.Value));

        Same(metrics.Count, "job_count");
        Same(Mean(stored) is { } mean ? Math.Clamp(mean, perFrame[0], perFrame[^1]) : null, "avg_time_per_frame_ms");
        Same(perFrame.Length == 0 ? null : perFrame[0], "min_time_per_frame_ms");
        Same(perFrame.Length == 0 ? null : perFrame[^1], "max_time_per_frame_ms");
        Same(PercentileCont(perFrame, 0.5), "p50_time_per_frame_ms");
        Same(PercentileCont(perFrame, 0.95), "p95_time_per_frame_ms");
        Same(Mean(gpu), "avg_gpu_time_ms");
        Same(gpu.Length == 0 ? null : gpu.Min(), "min_gpu_time_ms");
        Same(gpu.Length == 0 ? null : gpu.Max(), "max_gpu_time_ms");
        Same(gpu.Length == 0 ? null : gpu.Sum(), "total_gpu_time_ms");
        Same(Mean(vram), "avg_vram_peak_mb");
        Same(vram.Length == 0 ? null : vram.Min(), "min_vram_peak_mb");
        Same(vram.Length == 0 ? null : vram.Max(), "max_vram_peak_mb");
        Same(frames.Length == 0 ? null : frames.Sum(), "total_frames");
        Same(scores.TryGetValue("likeness", out var likeness) ? likeness : null, "avg_likeness_score");
        Same(costs.Length == 0 ? null : costs.Sum(), "total_cost");
        var quality = answer.GetProperty("quality");
        Assert.Equal(scores.Keys.Order(StringComparer.Ordinal), quality.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var (name, score) in scores)
            AssertClose(score, quality.GetProperty(name), $"{what}: quality.{name}");

        void Same(double? expected, string name) => AssertClose(expected, answer.GetProperty(name), $"{what}: {name}");
    }

    /// <summary>Mean of a score over the metrics that have it as a number; null without any.</summary>
    public static double? MeanScore(IEnumerable<FarmRow> metrics, string name) =>
        Mean([.. metrics.SelectMany(ScoresOf).Where(s => s.Name == name).Select(s => s.Value)]);

    /// <summary>Mean, or null of nothing.</summary>
    public static double? Mean(double[] values) => values.Length == 0 ? null : values.Average();

    /// <summary>Asserts a number or null, to nine digits.</summary>
    public static void AssertClose(double? expected, JsonElement actual, string what)
    {
        if (expected is null)
        {
            Assert.True(actual.ValueKind == JsonValueKind.Null, $"{what}: expected null, was {actual}");
            return;
        }

        Assert.True(actual.ValueKind == JsonValueKind.Number, $"{what}: expected {expected}, was {actual}");
        var value = actual.GetDouble();
        Assert.True(
            Math.Abs(value - expected.Value) <= 1e-9 * Math.Max(1, Math.Abs(expected.Value)),
            string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected.Value:R}, was {value:R}"));
    }

    // The definition of PostgreSQL's manual: between the two values around p × (n − 1), in proportion.
    private static double? PercentileCont(double[] sorted, double p)
    {
        if (sorted.Length == 0)
            return null;
        var place = p * (sorted.Length - 1);
        var (low, high) = ((int)Math.Floor(place), (int)Math.Ceiling(place));
        return sorted[low] + ((place - low) * (sorted[high] - sorted[low]));
    }

    private static IEnumerable<(string Name, double Value)> ScoresOf(FarmRow metric)
    {
        if (metric.ScoresJson is null)
            return [];
        using var document = JsonDocument.Parse(metric.ScoresJson);
        return document.RootElement.ValueKind != JsonValueKind.Object
            ? []
            : [.. document.RootElement.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Number).Select(p => (p.Name, p.Value.GetDouble()))];
    }
}
