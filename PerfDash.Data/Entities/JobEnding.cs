namespace PerfDash.Data.Entities;

/// <summary>When the status of a job without <c>completed_at</c> became failed or cancelled (table <c>job_endings</c>).</summary>
public sealed class JobEnding
{
    public long JobId { get; set; }

    /// <summary>The moment, UTC.</summary>
    public DateTime EndedAt { get; set; }
}
