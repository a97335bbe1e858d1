namespace PerfDash.Data.Entities;

/// <summary>The latest run of a scheduled job, on whichever instance it was (table <c>scheduled_job_runs</c>).</summary>
public sealed class ScheduledJobRun
{
    /// <summary>Key: the job's name.</summary>
    public required string JobName { get; set; }

    /// <summary>When it began, UTC.</summary>
    public DateTime LastRunAt { get; set; }

    /// <summary>How long it took, in ms.</summary>
    public double DurationMs { get; set; }

    /// <summary>What ended it; null if it succeeded.</summary>
    public string? LastError { get; set; }

    /// <summary>How often it ever ran, from 1.</summary>
    public long RunCount { get; set; } = 1;
}
