using PerfDash.Data.Entities;

namespace PerfDash.Data.Sources;

/// <summary>How a run of a probe stands.</summary>
public enum ProbeRunState
{
    /// <summary>Submitted; it waits or runs.</summary>
    Queued,

    /// <summary>It ended, and its time is known.</summary>
    Completed,

    /// <summary>It was refused, failed, was lost or did nothing.</summary>
    Failed,
}

/// <summary>The fixed prompt of a source (table <c>source_probes</c>).</summary>
public sealed class SourceProbe
{
    public long SourceId { get; set; }

    /// <summary>The prompt in ComfyUI's API format, JSON.</summary>
    public required string Graph { get; set; }

    /// <summary>Hours from one run to the next; null: on demand only.</summary>
    public int? EveryHours { get; set; }

    /// <summary>When somebody asked for a run that was not submitted yet, UTC; null where nobody waits for one.</summary>
    public DateTime? RequestedAt { get; set; }
}

/// <summary>One run of a probe (table <c>source_probe_runs</c>).</summary>
public sealed class SourceProbeRun
{
    public long Id { get; set; }

    public long SourceId { get; set; }

    /// <summary>The worker that the source's jobs counted for when it was submitted; null where that row was deleted.</summary>
    public long? WorkerId { get; set; }

    /// <summary>The server's id of it.</summary>
    public required string PromptId { get; set; }

    public ProbeRunState State { get; set; } = ProbeRunState.Queued;

    /// <summary>The same for graphs that differ in nothing but the files of their models.</summary>
    public required string GraphHash { get; set; }

    /// <summary>Files of the graph's models, in the order of their names.</summary>
    public string[] Models { get; set; } = [];

    /// <summary>UTC.</summary>
    public DateTime SubmittedAt { get; set; }

    /// <summary>UTC; null until it has ended.</summary>
    public DateTime? CompletedAt { get; set; }

    /// <summary>Milliseconds by the server's clock; null unless it completed.</summary>
    public long? TotalWallTimeMs { get; set; }

    /// <summary>The most memory in use on the fullest card at a sample, MB; null without a GPU or a sample.</summary>
    public int? VramPeakMb { get; set; }

    /// <summary>JSON array of the nodes that ran, as of a job; null where their times are not known in full.</summary>
    public string? Stages { get; set; }

    /// <summary><c>warm</c>, <c>cold</c> or <c>cached</c>; null where that is unknown.</summary>
    public RunClass? RunClass { get; set; }

    /// <summary>Nodes that did not run because their results were kept; null until it has ended.</summary>
    public int? CachedNodes { get; set; }

    /// <summary>Version of ComfyUI when it was submitted; null where it does not say.</summary>
    public string? Version { get; set; }

    /// <summary>Likewise that of PyTorch, with that of CUDA or ROCm, such as <c>2.8.0+cu128</c>.</summary>
    public string? PytorchVersion { get; set; }

    /// <summary>Likewise the first card; null where the machine has none.</summary>
    public string? GpuModel { get; set; }

    /// <summary>Why it failed; null unless it did.</summary>
    public string? Error { get; set; }
}
