using System.Text.Json;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Jobs;

/// <summary>One job of a list.</summary>
public sealed record JobItem
{
    /// <summary>The job.</summary>
    public required long JobId { get; init; }

    /// <summary>The host's key, or null.</summary>
    public required string? ExternalId { get; init; }

    /// <summary>The workflow that ran.</summary>
    public required long WorkflowId { get; init; }

    /// <summary>Its name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The host's key of it, or null.</summary>
    public string? WorkflowExternalId { get; init; }

    /// <summary>The worker that ran it.</summary>
    public required long WorkerId { get; init; }

    /// <summary>Its name.</summary>
    public required string WorkerName { get; init; }

    /// <summary>The host's key of it, or null.</summary>
    public string? WorkerExternalId { get; init; }

    /// <summary>Its card, or null.</summary>
    public string? GpuModel { get; init; }

    /// <summary>Project, or null.</summary>
    public required long? ProjectId { get; init; }

    /// <summary>Its name, or null.</summary>
    public string? ProjectName { get; init; }

    /// <summary>Character, or null.</summary>
    public required long? CharacterId { get; init; }

    /// <summary>Its name, or null.</summary>
    public string? CharacterName { get; init; }

    /// <summary>Scene, or null.</summary>
    public required long? SceneId { get; init; }

    /// <summary>Its name, or null.</summary>
    public string? SceneName { get; init; }

    /// <summary>For example <c>1080p</c>, or null.</summary>
    public required string? ResolutionTier { get; init; }

    /// <summary>Warm, cold or cached; null where that was not reported.</summary>
    public RunClass? RunClass { get; init; }

    /// <summary>Milliseconds per frame, or null.</summary>
    public required float? TimePerFrameMs { get; init; }

    /// <summary>GPU milliseconds, or null.</summary>
    public required long? TotalGpuTimeMs { get; init; }

    /// <summary>Wall milliseconds, or null.</summary>
    public required long? TotalWallTimeMs { get; init; }

    /// <summary>VRAM peak in MB, or null.</summary>
    public required int? VramPeakMb { get; init; }

    /// <summary>Frames made, or null.</summary>
    public required int? FrameCount { get; init; }

    /// <summary>Object of score name to number, or null.</summary>
    public required JsonElement? QualityScores { get; init; }

    /// <summary>Array of <c>{"name", "duration_ms"}</c> in the order run, or null.</summary>
    [CsvJson]
    public JsonElement? PipelineStages { get; init; }

    /// <summary>The job's parameters, or null; null too where they are larger than 64 KB.</summary>
    [CsvJson]
    public JsonElement? Parameters { get; init; }

    /// <summary>When the job was queued, UTC; null where the host's value is no date.</summary>
    public DateTime? QueuedAt { get; init; }

    /// <summary>When it started, UTC, or null.</summary>
    public DateTime? StartedAt { get; init; }

    /// <summary>When the job completed, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>The same by the name that reporting and importing give it.</summary>
    public DateTime CompletedAt => CreatedAt;
}
