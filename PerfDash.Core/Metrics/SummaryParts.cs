namespace PerfDash.Core.Metrics;

/// <summary>What is to be known of jobs beside counts, sums and extremes. Each part costs time; what is not asked for is null or empty.</summary>
[Flags]
public enum SummaryParts
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>Percentiles of the times per frame.</summary>
    Percentiles = 1,

    /// <summary>Means of the scores.</summary>
    Scores = 2,

    /// <summary>The cost of the jobs on workers with a price.</summary>
    Costs = 4,

    /// <summary>All that a <see cref="MetricSummary"/> holds.</summary>
    Usual = Percentiles | Scores | Costs,
}
