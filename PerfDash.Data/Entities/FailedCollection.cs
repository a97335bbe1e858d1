namespace PerfDash.Data.Entities;

/// <summary>A completion that could not become a metric (table <c>failed_collections</c>).</summary>
public sealed class FailedCollection
{
    public long JobId { get; set; }

    /// <summary>When its completion was queued, UTC.</summary>
    public DateTime QueuedAt { get; set; }

    /// <summary>Why, in words for an admin.</summary>
    public required string Error { get; set; }

    public int Attempts { get; set; }

    /// <summary>First failure, UTC.</summary>
    public DateTime FirstFailedAt { get; set; }

    /// <summary>Latest failure, UTC.</summary>
    public DateTime LastFailedAt { get; set; }
}
