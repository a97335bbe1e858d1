using PerfDash.Core.Workflows;

namespace PerfDash.Core.Overview;

/// <summary>The farm over a range.</summary>
public sealed record FarmOverview
{
    /// <summary>The range asked for.</summary>
    public required TimeRange Range { get; init; }

    /// <summary>All jobs of the range.</summary>
    public required MetricSummary Summary { get; init; }

    /// <summary>GPU time of all jobs in hours; null when no job has one.</summary>
    public double? TotalGpuHours => Summary.TotalGpuTimeMs / 3_600_000d;

    /// <summary>The best workflows by the ranked value, best first.</summary>
    public required IReadOnlyList<WorkflowSummary> TopWorkflows { get; init; }

    /// <summary>The worst, worst first. Where there are few workflows, some stand in both lists.</summary>
    public required IReadOnlyList<WorkflowSummary> BottomWorkflows { get; init; }

    /// <summary>How many workflows have the ranked value.</summary>
    public required int RankedWorkflowCount { get; init; }
}

/// <summary>What workflows are ranked by. Less is better, except likeness.</summary>
public enum RankBy
{
    /// <summary>Mean time per frame.</summary>
    TimePerFrame,

    /// <summary>Mean GPU time of a job.</summary>
    GpuTime,

    /// <summary>Mean VRAM peak.</summary>
    Vram,

    /// <summary>Mean of the score <c>likeness</c>; more is better.</summary>
    Likeness,
}
