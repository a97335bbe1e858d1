namespace PerfDash.Core.Statistics;

/// <summary>
/// How values spread, over the jobs that have one: all figures are null, and the histogram is empty, where none has.
/// In the unit of the value. Percentiles are PostgreSQL's <c>percentile_cont</c>.
/// </summary>
public record Distribution
{
    /// <summary>Values counted.</summary>
    public long Count { get; init; }

    /// <summary>Plain mean.</summary>
    public double? Avg { get; init; }

    /// <summary>The least.</summary>
    public double? Min { get; init; }

    /// <summary>The greatest.</summary>
    public double? Max { get; init; }

    /// <summary>Standard deviation of a sample (n − 1); null for fewer than two values.</summary>
    public double? Stddev { get; init; }

    /// <summary>Median.</summary>
    public double? P50 { get; init; }

    /// <summary>90th percentile.</summary>
    public double? P90 { get; init; }

    /// <summary>95th percentile.</summary>
    public double? P95 { get; init; }

    /// <summary>99th percentile.</summary>
    public double? P99 { get; init; }

    /// <summary>Bars that together count every value once.</summary>
    public IReadOnlyList<HistogramBin> Histogram { get; init; } = [];
}

/// <summary>How one score spreads.</summary>
public sealed record ScoreDistribution : Distribution
{
    /// <summary>Takes the figures of <paramref name="distribution"/>.</summary>
    public ScoreDistribution(Distribution distribution)
        : base(distribution)
    {
    }

    /// <summary>Name of the score.</summary>
    public required string Name { get; init; }
}
