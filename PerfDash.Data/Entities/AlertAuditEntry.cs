namespace PerfDash.Data.Entities;

/// <summary>A change of a rule, mute or channel (table <c>alert_audit</c>).</summary>
public sealed class AlertAuditEntry
{
    public long Id { get; set; }

    /// <summary>What was changed.</summary>
    public required RuleType RuleType { get; set; }

    /// <summary>Key of the rule, mute or channel.</summary>
    public long RuleId { get; set; }

    public required AuditAction Action { get; set; }

    /// <summary>Who: the name of the key or of the sign-in.</summary>
    public required string Actor { get; set; }

    /// <summary>As it was, as JSON; null when created.</summary>
    public string? Before { get; set; }

    /// <summary>As it is since, as JSON; null when deleted.</summary>
    public string? After { get; set; }

    public DateTime At { get; set; }
}

/// <summary>What the audit trail is about.</summary>
public enum RuleType
{
    /// <summary>A limit on a metric of single jobs.</summary>
    Threshold,

    /// <summary>A rule on all jobs of the last minutes together.</summary>
    WindowRule,

    /// <summary>Silence for a scope.</summary>
    Mute,

    /// <summary>Where notifications go.</summary>
    Channel,
}

/// <summary>What somebody did to a rule, mute or channel.</summary>
public enum AuditAction
{
    /// <summary>Made it.</summary>
    Created,

    /// <summary>Changed it.</summary>
    Updated,

    /// <summary>Deleted it.</summary>
    Deleted,
}
