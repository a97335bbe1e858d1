namespace PerfDash.Data.Entities;

/// <summary>Silence for a scope until a moment (table <c>alert_mutes</c>).</summary>
public sealed class AlertMute
{
    public long Id { get; set; }

    /// <summary>Where it holds.</summary>
    public required AlertScope ScopeType { get; set; }

    /// <summary>The workflow or worker; null for global.</summary>
    public long? ScopeId { get; set; }

    /// <summary>When it ends, UTC.</summary>
    public DateTime Until { get; set; }

    /// <summary>Why; null for nothing.</summary>
    public string? Comment { get; set; }

    public required string CreatedBy { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }
}
