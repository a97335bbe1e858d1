namespace PerfDash.Data.Entities;

/// <summary>A change of a rule, mute or channel (table <c>alert_audit</c>).</summary>
public sealed class AlertAuditEntry
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary><c>threshold</c>, <c>window_rule</c>, <c>mute</c> or <c>channel</c>.</summary>
    public required string RuleType { get; set; }

    /// <summary>Key of the rule, mute or channel.</summary>
    public long RuleId { get; set; }

    /// <summary><c>created</c>, <c>updated</c> or <c>deleted</c>.</summary>
    public required string Action { get; set; }

    /// <summary>Who: the name of the key or of the sign-in.</summary>
    public required string Actor { get; set; }

    /// <summary>As it was, as JSON; null when created.</summary>
    public string? Before { get; set; }

    /// <summary>As it is since, as JSON; null when deleted.</summary>
    public string? After { get; set; }

    /// <summary>When, UTC.</summary>
    public DateTime At { get; set; }
}
