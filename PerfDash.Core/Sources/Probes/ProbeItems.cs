using System.Text.Json;
using PerfDash.Data.Entities;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources.Probes;

/// <summary>The golden probe of a source.</summary>
/// <param name="Graph">Its prompt in ComfyUI's API format; null where it has no probe.</param>
/// <param name="EveryHours">Hours from one run to the next; null: on demand only.</param>
/// <param name="RequestedAt">When somebody asked for a run that was not submitted yet, UTC; null where nobody waits for one.</param>
/// <param name="Runs">The latest 200 runs, newest first.</param>
public sealed record ProbeDetail(JsonElement? Graph, int? EveryHours, DateTime? RequestedAt, IReadOnlyList<ProbeRunItem> Runs);

/// <summary>One run of a probe.</summary>
public sealed record ProbeRunItem
{
    /// <summary>Key of the row.</summary>
    public required long Id { get; init; }

    /// <summary>The source it is of.</summary>
    public required long SourceId { get; init; }

    /// <summary>The worker that the source's jobs counted for when it was submitted; null where that row was deleted.</summary>
    public required long? WorkerId { get; init; }

    /// <summary>The server's id of the prompt.</summary>
    public required string PromptId { get; init; }

    /// <summary>How it stands.</summary>
    public required ProbeRunState State { get; init; }

    /// <summary>When it was submitted, UTC.</summary>
    public required DateTime SubmittedAt { get; init; }

    /// <summary>When it ended, UTC; null until then.</summary>
    public required DateTime? CompletedAt { get; init; }

    /// <summary>Milliseconds from start to end by the server's clock; null unless it completed.</summary>
    public required long? TotalWallTimeMs { get; init; }

    /// <summary>The most memory in use on the fullest card at a sample, MB of 2^20 bytes; null without a GPU or a sample.</summary>
    public required int? VramPeakMb { get; init; }

    /// <summary><c>warm</c>, or <c>cold</c> where models had to be loaded all the same; null where that is unknown.</summary>
    public required RunClass? RunClass { get; init; }

    /// <summary>Nodes that did not run because their results were kept from the run before; null until it has ended.</summary>
    public required int? CachedNodes { get; init; }

    /// <summary>Version of ComfyUI when it was submitted; null where it does not say.</summary>
    public required string? Version { get; init; }

    /// <summary>Version of PyTorch, with that of CUDA or ROCm; null where it does not say.</summary>
    public required string? PytorchVersion { get; init; }

    /// <summary>The first card; null where the machine has none.</summary>
    public required string? GpuModel { get; init; }

    /// <summary>Files of the graph's models, in the order of their names.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The same for graphs that differ in nothing but titles and the files of their models.</summary>
    public required string GraphHash { get; init; }

    /// <summary>Why it failed; null unless it did.</summary>
    public required string? Error { get; init; }

    internal static ProbeRunItem From(SourceProbeRun run) => new()
    {
        Id = run.Id,
        SourceId = run.SourceId,
        WorkerId = run.WorkerId,
        PromptId = run.PromptId,
        State = run.State,
        SubmittedAt = run.SubmittedAt,
        CompletedAt = run.CompletedAt,
        TotalWallTimeMs = run.TotalWallTimeMs,
        VramPeakMb = run.VramPeakMb,
        RunClass = run.RunClass,
        CachedNodes = run.CachedNodes,
        Version = run.Version,
        PytorchVersion = run.PytorchVersion,
        GpuModel = run.GpuModel,
        Models = run.Models,
        GraphHash = run.GraphHash,
        Error = run.Error,
    };
}
