namespace PerfDash.Data.Access;

/// <summary>A sign-in, a failed one, a sign-out, or something that was changed or retried.</summary>
public sealed class AuditEntry
{
    public long Id { get; set; }

    /// <summary>UTC.</summary>
    public DateTime At { get; set; }

    /// <summary>Name of who did it.</summary>
    public required string Actor { get; set; }

    public ActorKind ActorKind { get; set; }

    /// <summary>IP address; null for PerfDash itself and where the connection has none.</summary>
    public string? Address { get; set; }

    /// <summary>What was done, for example <c>threshold_updated</c>.</summary>
    public required string Action { get; set; }

    /// <summary>To what; null for nothing of its own.</summary>
    public string? Target { get; set; }

    /// <summary>More about it; null for nothing.</summary>
    public string? Detail { get; set; }
}
