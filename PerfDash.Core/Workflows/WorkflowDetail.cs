using PerfDash.Core.Statistics;

namespace PerfDash.Core.Workflows;

/// <summary>One workflow over a range: its summary and what is behind it.</summary>
public sealed record WorkflowDetail : MetricSummary
{
    /// <summary>Takes the figures of <paramref name="summary"/>.</summary>
    public WorkflowDetail(MetricSummary summary)
        : base(summary)
    {
    }

    /// <summary>The workflow.</summary>
    public required long WorkflowId { get; init; }

    /// <summary>Its name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>Spread of milliseconds per frame.</summary>
    public required Distribution TimePerFrame { get; init; }

    /// <summary>Where its GPU time was spent, longest first; workers without any GPU time reported are left out.</summary>
    public required IReadOnlyList<WorkerGpuTime> GpuTimeByWorker { get; init; }

    /// <summary>On what sizes, longest first; one group has a null tier where jobs name none.</summary>
    public required IReadOnlyList<TierGpuTime> GpuTimeByResolutionTier { get; init; }

    /// <summary>Spread of every score, by name.</summary>
    public required IReadOnlyList<ScoreDistribution> QualityScores { get; init; }

    /// <summary>What its jobs spent their time on, longest total first.</summary>
    public required IReadOnlyList<PipelineStage> PipelineStages { get; init; }

    /// <summary>Share of the jobs, 0 to 1, that reported no stage and so take no part in <see cref="PipelineStages"/>; null without jobs.</summary>
    public required double? ShareOfJobsWithoutStages { get; init; }
}

/// <summary>GPU time of one worker.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="WorkerName">Its name.</param>
/// <param name="TotalGpuTimeMs">Milliseconds of all jobs; null where they are more than a BIGINT holds.</param>
/// <param name="Share">Of all GPU time of the list, 0 to 1; null where that is 0.</param>
public sealed record WorkerGpuTime(long WorkerId, string WorkerName, long? TotalGpuTimeMs, double? Share);

/// <summary>GPU time of one resolution tier.</summary>
/// <param name="ResolutionTier">The tier, or null for jobs that name none.</param>
/// <param name="TotalGpuTimeMs">Milliseconds of all jobs; null where they are more than a BIGINT holds.</param>
/// <param name="Share">Of all GPU time of the list, 0 to 1; null where that is 0.</param>
public sealed record TierGpuTime(string? ResolutionTier, long? TotalGpuTimeMs, double? Share);

/// <summary>One stage of a pipeline. A stage that a job ran several times counts as one job with the sum of its durations.</summary>
public sealed record PipelineStage
{
    /// <summary>Name of the stage.</summary>
    public string Name { get; init; } = "";

    /// <summary>Jobs that ran it.</summary>
    public long JobCount { get; init; }

    /// <summary>Mean milliseconds per job that ran it.</summary>
    public double AvgDurationMs { get; init; }

    /// <summary>Median milliseconds per job that ran it.</summary>
    public double P50DurationMs { get; init; }

    /// <summary>95th percentile of milliseconds per job that ran it.</summary>
    public double P95DurationMs { get; init; }

    /// <summary>Milliseconds of all jobs.</summary>
    public double TotalDurationMs { get; init; }

    /// <summary>Of the time of all stages, 0 to 1; null where that is 0.</summary>
    public double? Share { get; init; }
}
