using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>How a server stands.</summary>
internal sealed record ServerStatus
{
    public SourceState State { get; init; } = SourceState.Connecting;

    /// <summary>Null before the first answer.</summary>
    public ServerStats? Stats { get; init; }

    /// <summary>Null before the first answer; so is <see cref="QueuePending"/>.</summary>
    public int? QueueRunning { get; init; }

    public int? QueuePending { get; init; }

    /// <summary>When the last prompt ended; null where none has.</summary>
    public DateTimeOffset? LastPromptAt { get; init; }

    /// <summary>Null where all is well.</summary>
    public string? LastError { get; init; }

    public NodeTimesState NodeTimes { get; init; } = NodeTimesState.None;
}
