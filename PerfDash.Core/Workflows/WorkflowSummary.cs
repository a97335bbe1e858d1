namespace PerfDash.Core.Workflows;

/// <summary>One workflow over a range.</summary>
public sealed record WorkflowSummary : MetricSummary
{
    /// <summary>Of no jobs.</summary>
    public WorkflowSummary()
    {
    }

    /// <summary>Takes the figures of <paramref name="summary"/>.</summary>
    public WorkflowSummary(MetricSummary summary)
        : base(summary)
    {
    }

    /// <summary>The workflow.</summary>
    public long WorkflowId { get; init; }

    /// <summary>Its name.</summary>
    public string WorkflowName { get; init; } = "";
}
