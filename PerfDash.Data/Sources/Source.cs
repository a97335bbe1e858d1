namespace PerfDash.Data.Sources;

/// <summary>What a source is.</summary>
public enum SourceKind
{
    /// <summary>A ComfyUI server.</summary>
    Comfyui,
}

/// <summary>How a source stands.</summary>
public enum SourceState
{
    /// <summary>It is followed.</summary>
    Connected,

    /// <summary>It is about to be followed.</summary>
    Connecting,

    /// <summary>It does not answer; it is asked again and again.</summary>
    Unreachable,

    /// <summary>It answers, but refuses, or not as such a server does.</summary>
    Refused,

    /// <summary>Somebody has switched it off.</summary>
    Disabled,
}

/// <summary>Whether the times of nodes are known.</summary>
public enum NodeTimesState
{
    /// <summary>Of every prompt lately.</summary>
    Full,

    /// <summary>Of some.</summary>
    Partial,

    /// <summary>Of none: the server sends them to the submitter alone.</summary>
    None,
}

/// <summary>A server that PerfDash asks by itself (table <c>sources</c>).</summary>
public sealed class Source
{
    public long Id { get; set; }

    public required string Name { get; set; }

    public SourceKind Kind { get; set; }

    /// <summary>As it may be shown: without user, password and query.</summary>
    public required string Url { get; set; }

    /// <summary>Encrypted JSON with the whole address and the headers; null for a source of the configuration.</summary>
    public string? SettingsProtected { get; set; }

    public string[] HeaderNames { get; set; } = [];

    /// <summary>Names a source of the configuration; null for one made by an admin.</summary>
    public string? ConfigurationKey { get; set; }

    /// <summary>The worker its jobs count for; null where that row was deleted.</summary>
    public long? WorkerId { get; set; }

    public bool Enabled { get; set; } = true;

    /// <summary>Rises with each edit.</summary>
    public long Revision { get; set; }

    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>UTC; null while it is there. A deleted one stays for the id of its address.</summary>
    public DateTime? DeletedAt { get; set; }

    /// <summary>The instance that follows it; null where none does.</summary>
    public string? LeasedBy { get; set; }

    /// <summary>Until when it may without asking again, UTC.</summary>
    public DateTime? LeasedUntil { get; set; }

    /// <summary>As the instance that follows it last saw it; likewise the following.</summary>
    public SourceState State { get; set; } = SourceState.Connecting;

    /// <summary>Version of the server; null before the first answer.</summary>
    public string? Version { get; set; }

    /// <summary>Prompts that run; null before the first answer.</summary>
    public int? QueueRunning { get; set; }

    /// <summary>Prompts that wait; null before the first answer.</summary>
    public int? QueuePending { get; set; }

    /// <summary>When the last prompt ended, UTC; null before the first.</summary>
    public DateTime? LastPromptAt { get; set; }

    /// <summary>Why it is not followed, or what was left out; null where all is well.</summary>
    public string? LastError { get; set; }

    public NodeTimesState NodeTimes { get; set; } = NodeTimesState.None;
}

/// <summary>A prompt that was queued or running when last seen (table <c>source_prompts</c>).</summary>
public sealed class SourcePrompt
{
    public long SourceId { get; set; }

    /// <summary>The server's id of it.</summary>
    public required string PromptId { get; set; }

    public bool IsRunning { get; set; }
}
