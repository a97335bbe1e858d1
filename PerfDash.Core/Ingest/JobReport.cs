using PerfDash.Data.Entities;

namespace PerfDash.Core.Ingest;

/// <summary>A job as another system reports it: by HTTP, or as a line of imported history.</summary>
public sealed record JobReport
{
    /// <summary>Id of an existing job, or null.</summary>
    public long? JobId { get; init; }

    /// <summary>The reporter's own key; creates the job where it is not known. Null only beside <see cref="JobId"/>.</summary>
    public string? ExternalId { get; init; }

    /// <summary>
    /// Id the job had in the PerfDash that exported it, or null. A job here with this id that completed at the same moment is that job.
    /// </summary>
    public long? ExportedJobId { get; init; }

    /// <summary>The workflow; null only for an existing job.</summary>
    public EntityReference? Workflow { get; init; }

    /// <summary>The worker; a completed job without one is kept as a failed collection.</summary>
    public EntityReference? Worker { get; init; }

    /// <summary>Id of an existing project, or null.</summary>
    public long? ProjectId { get; init; }

    /// <summary>Name of a project, created where no project has it; or null.</summary>
    public string? ProjectName { get; init; }

    /// <summary>Id of an existing character, or null.</summary>
    public long? CharacterId { get; init; }

    /// <summary>Name of a character, created where none has it; or null.</summary>
    public string? CharacterName { get; init; }

    /// <summary>Id of an existing scene, or null.</summary>
    public long? SceneId { get; init; }

    /// <summary>Name of a scene, created where none has it; or null.</summary>
    public string? SceneName { get; init; }

    /// <summary>One of <see cref="JobStatus"/>.</summary>
    public string Status { get; init; } = JobStatus.Completed;

    /// <summary>Parameters as a JSON object, or null.</summary>
    public string? ParametersJson { get; init; }

    /// <summary>The result as JSON, not evaluated: capture reads it by the same rules as any other; or null.</summary>
    public string? ResultJson { get; init; }

    /// <summary>Why the job failed, or null.</summary>
    public string? Error { get; init; }

    /// <summary>When it was queued; null: when it started, else ended, else now.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null is now for a completed job.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>A workflow or worker named by id, or by the reporter's key, under which it is created where it is not known.</summary>
/// <param name="Id">Id of an existing row, or null.</param>
/// <param name="ExternalId">The reporter's key, or null when there is an id.</param>
/// <param name="Name">Name for a new row; the key where it is null.</param>
/// <param name="GpuModel">For a new worker: its GPU model, or null.</param>
public sealed record EntityReference(long? Id, string? ExternalId, string? Name, string? GpuModel = null)
{
    /// <summary>True where the id is that of another database: it names the row here only if that has the name too, else the key does.</summary>
    public bool IsExported { get; init; }
}

public enum ReportOutcome
{
    /// <summary>Stored: a new job, or an existing one brought further.</summary>
    Accepted,

    /// <summary>The job was known as far as the report brings it (pending, running, ended, completed); nothing was changed.</summary>
    Duplicate,

    Rejected,
}

/// <summary>What became of one report of several.</summary>
/// <param name="Outcome">Stored, known, or refused.</param>
/// <param name="Error">Why it was refused; else null.</param>
public sealed record ReportResult(ReportOutcome Outcome, string? Error = null)
{
    public static ReportResult Accepted { get; } = new(ReportOutcome.Accepted);

    /// <summary>Known already.</summary>
    public static ReportResult Duplicate { get; } = new(ReportOutcome.Duplicate);

    /// <summary>Refused, and why.</summary>
    public static ReportResult Rejected(string error) => new(ReportOutcome.Rejected, error);
}
