namespace PerfDash.Data.Entities;

/// <summary>A completion queued by the trigger and not yet collected (table <c>job_completions</c>, the outbox).</summary>
public sealed class JobCompletion
{
    public long Id { get; set; }

    /// <summary>The completed job. It may be queued twice; collecting collapses that.</summary>
    public long JobId { get; set; }

    /// <summary>When the completion was queued, UTC.</summary>
    public DateTime QueuedAt { get; set; }

    /// <summary>True: part of a history that was brought in, recorded without alerts.</summary>
    public bool IsHistory { get; set; }
}
