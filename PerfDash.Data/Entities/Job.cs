namespace PerfDash.Data.Entities;

/// <summary>A generation job of the host system (table <c>jobs</c>). Its completion is what PerfDash records.</summary>
public sealed class Job
{
    public long Id { get; set; }

    /// <summary>The host's own key, unique, or null where it has none.</summary>
    public string? ExternalId { get; set; }

    public long WorkflowId { get; set; }

    /// <summary>The worker that ran it, or null while none is assigned.</summary>
    public long? WorkerId { get; set; }

    public long? ProjectId { get; set; }

    public long? CharacterId { get; set; }

    public long? SceneId { get; set; }

    /// <summary>One of <see cref="JobStatus"/>.</summary>
    public required string Status { get; set; }

    /// <summary>Parameters as JSON, or null.</summary>
    public string? Parameters { get; set; }

    /// <summary>The result the host reported, as JSON of any shape, or null.</summary>
    public string? Result { get; set; }

    /// <summary>Why the job failed, or null.</summary>
    public string? Error { get; set; }

    /// <summary>When the job was queued, UTC; null where the row has no date .NET can hold.</summary>
    public DateTime? CreatedAt { get; set; }

    /// <summary>When it started, UTC, or null.</summary>
    public DateTime? StartedAt { get; set; }

    /// <summary>When it ended, UTC, or null.</summary>
    public DateTime? CompletedAt { get; set; }
}

/// <summary>The values of <c>jobs.status</c>.</summary>
public static class JobStatus
{
    public const string Pending = "pending";

    /// <summary>On a worker.</summary>
    public const string Running = "running";

    /// <summary>Done: the moment PerfDash records.</summary>
    public const string Completed = "completed";

    /// <summary>Ended with an error: no metric.</summary>
    public const string Failed = "failed";

    /// <summary>Cancelled: no metric.</summary>
    public const string Cancelled = "cancelled";

    public static IReadOnlyList<string> All { get; } = [Pending, Running, Completed, Failed, Cancelled];
}
