using System.Text.Json.Serialization;

namespace PerfDash.Core.Metrics;

/// <summary>
/// The one shape in which PerfDash sums up jobs. Averages are plain means over the jobs that have the value; every
/// figure but <see cref="JobCount"/> is null when no job has it. Percentiles are PostgreSQL's <c>percentile_cont</c>, and at
/// most 0.5 % off where a question is about more than 20,000 jobs.
/// </summary>
public record MetricSummary
{
    /// <summary>Jobs counted.</summary>
    public long JobCount { get; init; }

    /// <summary>Jobs with a time per frame, which its figures rest on; for pages, like the following counts.</summary>
    [JsonIgnore]
    public long TimeCount { get; init; }

    /// <summary>Jobs with a GPU time.</summary>
    [JsonIgnore]
    public long GpuTimeCount { get; init; }

    /// <summary>Jobs with a VRAM peak.</summary>
    [JsonIgnore]
    public long VramCount { get; init; }

    /// <summary>Jobs with the score <c>likeness</c>.</summary>
    [JsonIgnore]
    public long LikenessCount { get; init; }

    /// <summary>Mean milliseconds per frame.</summary>
    public double? AvgTimePerFrameMs { get; init; }

    /// <summary>Lowest milliseconds per frame.</summary>
    public double? MinTimePerFrameMs { get; init; }

    /// <summary>Highest milliseconds per frame.</summary>
    public double? MaxTimePerFrameMs { get; init; }

    /// <summary>Median milliseconds per frame.</summary>
    public double? P50TimePerFrameMs { get; init; }

    /// <summary>95th percentile of milliseconds per frame.</summary>
    public double? P95TimePerFrameMs { get; init; }

    /// <summary>Mean GPU milliseconds per job.</summary>
    public double? AvgGpuTimeMs { get; init; }

    /// <summary>Lowest GPU milliseconds of a job.</summary>
    public long? MinGpuTimeMs { get; init; }

    /// <summary>Highest GPU milliseconds of a job.</summary>
    public long? MaxGpuTimeMs { get; init; }

    /// <summary>GPU milliseconds of all jobs together; null where they are more than a BIGINT holds.</summary>
    public long? TotalGpuTimeMs { get; init; }

    /// <summary>Mean VRAM peak, MB.</summary>
    public double? AvgVramPeakMb { get; init; }

    /// <summary>Lowest VRAM peak, MB.</summary>
    public int? MinVramPeakMb { get; init; }

    /// <summary>Highest VRAM peak, MB.</summary>
    public int? MaxVramPeakMb { get; init; }

    /// <summary>Frames of all jobs together.</summary>
    public long? TotalFrames { get; init; }

    /// <summary>Mean of the score <c>likeness</c>.</summary>
    public double? AvgLikenessScore => Quality.TryGetValue("likeness", out var likeness) ? likeness : null;

    /// <summary>Mean of every score found, by name; empty when there is none.</summary>
    public IReadOnlyDictionary<string, double> Quality { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// GPU hours × the worker's price, over the jobs of workers that have a price, in the farm's currency; null when no
    /// such job has a GPU time.
    /// </summary>
    public decimal? TotalCost { get; init; }
}
