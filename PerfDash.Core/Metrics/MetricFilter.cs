using PerfDash.Data.Entities;

namespace PerfDash.Core.Metrics;

/// <summary>Which metrics count; null means all.</summary>
/// <param name="ProjectId">Only this project.</param>
/// <param name="WorkflowId">Only this workflow.</param>
/// <param name="WorkerId">Only this worker.</param>
/// <param name="ResolutionTier">Only this tier.</param>
/// <param name="RunClass">Only runs of this class.</param>
public sealed record MetricFilter(long? ProjectId = null, long? WorkflowId = null, long? WorkerId = null, string? ResolutionTier = null, RunClass? RunClass = null)
{
    /// <summary>No restriction.</summary>
    public static MetricFilter None { get; } = new();
}
