namespace PerfDash.Core.Comparison;

/// <summary>A compared workflow over its range.</summary>
public sealed record ComparedSummary : MetricSummary
{
    /// <summary>Of no jobs.</summary>
    public ComparedSummary()
    {
    }

    /// <summary>Takes the figures of <paramref name="summary"/>.</summary>
    public ComparedSummary(MetricSummary summary)
        : base(summary)
    {
    }

    /// <summary>The workflow.</summary>
    public long WorkflowId { get; init; }

    /// <summary>Its name.</summary>
    public string WorkflowName { get; init; } = "";

    /// <summary>GPU cost of a frame over the jobs that have frames, GPU time and a priced worker; null when there is none.</summary>
    public decimal? CostPerFrame { get; init; }
}

/// <summary>One side of a comparison: everything that is known of it.</summary>
public sealed record Side
{
    public required string Name { get; init; }

    /// <summary>The plain figures.</summary>
    public required ComparedSummary Summary { get; init; }

    /// <summary>The jobs by stratum.</summary>
    public required JobSample Sample { get; init; }

    public IReadOnlyDictionary<Stratum, StageTimes> Stages { get; init; } = new Dictionary<Stratum, StageTimes>();
}
