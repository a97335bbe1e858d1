using System.Text.Json;

namespace PerfDash.Core.Ingest;

/// <summary>
/// The fields of a completion as <c>POST /performance/jobs/completed</c> takes it, for the API's description and to find
/// unknown ones. Fields of a wrong type or out of range are recorded as null, with a warning; only what identifies the job must be right.
/// </summary>
public record CompletedJob
{
    /// <summary>Id of an existing job. One of job_id and external_id is required.</summary>
    public long? JobId { get; init; }

    /// <summary>The reporter's own key; one that is not known makes a job.</summary>
    public string? ExternalId { get; init; }

    /// <summary>What ran; required for a new job.</summary>
    public ReportedWorkflow? Workflow { get; init; }

    /// <summary>What ran it; without one the job is kept as a failed collection.</summary>
    public ReportedWorker? Worker { get; init; }

    /// <summary>Id of an existing project.</summary>
    public long? ProjectId { get; init; }

    /// <summary>Id of an existing character.</summary>
    public long? CharacterId { get; init; }

    /// <summary>Id of an existing scene.</summary>
    public long? SceneId { get; init; }

    /// <summary>The job's parameters, any object.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Parameters { get; init; }

    /// <summary>When it started, ISO 8601, UTC where no offset is given.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it completed, ISO 8601; now where absent.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Frames made, at least 0.</summary>
    public int? FrameCount { get; init; }

    /// <summary>Milliseconds per frame, at least 0; where absent GPU time, else wall time, ÷ frames.</summary>
    public double? TimePerFrameMs { get; init; }

    /// <summary>GPU milliseconds of the job, at least 0.</summary>
    public long? TotalGpuTimeMs { get; init; }

    /// <summary>Milliseconds from start to end, at least 0; where absent from started_at and completed_at.</summary>
    public long? TotalWallTimeMs { get; init; }

    /// <summary>VRAM peak in MB of 2^20 bytes, at least 0.</summary>
    public int? VramPeakMb { get; init; }

    /// <summary>Size of the frames, such as <c>1080p</c>.</summary>
    public string? ResolutionTier { get; init; }

    /// <summary>Score name to number, such as <c>likeness</c> 0.92; any names, usually 0 to 1.</summary>
    public IReadOnlyDictionary<string, double>? QualityScores { get; init; }

    /// <summary>The stages in the order run.</summary>
    public IReadOnlyList<ReportedStage>? PipelineStages { get; init; }
}

/// <summary>A workflow by id, or by the reporter's key, under which it is created where it is not known.</summary>
public sealed record ReportedWorkflow
{
    /// <summary>Id of an existing workflow. One of id and external_id is required.</summary>
    public long? Id { get; init; }

    /// <summary>The reporter's key.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Name of a new one; the key where absent.</summary>
    public string? Name { get; init; }
}

/// <summary>A worker by id, or by the reporter's key, under which it is created where it is not known.</summary>
public sealed record ReportedWorker
{
    /// <summary>Id of an existing worker. One of id and external_id is required.</summary>
    public long? Id { get; init; }

    /// <summary>The reporter's key.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Name of a new one; the key where absent.</summary>
    public string? Name { get; init; }

    /// <summary>Card of a new one.</summary>
    public string? GpuModel { get; init; }
}

/// <summary>A stage of a job.</summary>
public sealed record ReportedStage
{
    /// <summary>Name of the stage, such as <c>load_model</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Milliseconds, at least 0.</summary>
    public double? DurationMs { get; init; }
}

/// <summary>The fields of a line of history, which may also say what a completion cannot.</summary>
internal sealed record HistoryJob : CompletedJob
{
    /// <summary>One of the statuses of a job; completed where absent.</summary>
    public string? Status { get; init; }

    /// <summary>Why the job failed.</summary>
    public string? Error { get; init; }

    /// <summary>When it was queued, ISO 8601.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Name of a project, created where no project has it.</summary>
    public string? ProjectName { get; init; }
}
