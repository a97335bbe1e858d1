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

    /// <summary>Action.</summary>
    public required string Action { get; set; }

    /// <summary>Actor.</summary>
    public required string Actor { get; set; }

    /// <summary>Before; null where there is none.</summary>
    public string? Before { get; set; }

    /// <summary>After; null where there is none.</summary>
    public string? After { get; set; }

    /// <summary>At, UTC.</summary>
    public DateTime At { get; set; }
}
