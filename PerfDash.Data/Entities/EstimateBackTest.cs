namespace PerfDash.Data.Entities;

/// <summary>How well the estimates of a workflow's jobs held (table <c>estimate_back_tests</c>).</summary>
public sealed class EstimateBackTest
{
    public long Id { get; set; }

    /// <summary>The workflow; null for all together.</summary>
    public long? WorkflowId { get; set; }

    /// <summary>When it was computed, UTC.</summary>
    public DateTime ComputedAt { get; set; }

    /// <summary>Start of the jobs' range, inclusive, UTC.</summary>
    public DateTime RangeFrom { get; set; }

    /// <summary>Its end, exclusive, UTC.</summary>
    public DateTime RangeTo { get; set; }

    /// <summary>The scores as JSON.</summary>
    public required string Result { get; set; }
}
