namespace PerfDash.Data.Entities;

/// <summary>Silence for a scope until a moment (table <c>alert_mutes</c>).</summary>
public sealed class AlertMute
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>Scope type.</summary>
    public required string ScopeType { get; set; }

    /// <summary>Scope id; null where there is none.</summary>
    public long? ScopeId { get; set; }

    /// <summary>Until, UTC.</summary>
    public DateTime Until { get; set; }

    /// <summary>Comment; null where there is none.</summary>
    public string? Comment { get; set; }

    /// <summary>Created by.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>Created at, UTC.</summary>
    public DateTime CreatedAt { get; set; }
}
