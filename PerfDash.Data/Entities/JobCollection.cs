namespace PerfDash.Data.Entities;

/// <summary>The fact that a job's metric was recorded (table <c>job_collections</c>): the guard of "exactly one".</summary>
public sealed class JobCollection
{
    public long JobId { get; set; }

    /// <summary>When its completion was queued, UTC.</summary>
    public DateTime QueuedAt { get; set; }

    /// <summary>When its metric was recorded, UTC.</summary>
    public DateTime RecordedAt { get; set; }

    /// <summary>JSON array of <c>{"field", "message"}</c> for what could not be used, or null when all could.</summary>
    public string? Warnings { get; set; }
}
