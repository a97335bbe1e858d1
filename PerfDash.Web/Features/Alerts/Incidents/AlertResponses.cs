using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts.Incidents;

/// <summary>Answer of <c>GET /performance/alerts/{id}</c>: the incident's own fields, and what belongs to it.</summary>
internal sealed record AlertResponse : AlertItem
{
    [SetsRequiredMembers]
    private AlertResponse(AlertDetail detail)
        : base(detail.Alert)
    {
        Threshold = detail.Threshold;
        WindowRule = detail.WindowRule;
        Events = detail.Events;
        Deliveries = detail.Deliveries;
    }

    /// <summary>The threshold as it is now; null for an alert of a window rule, or where it was deleted.</summary>
    public ThresholdItem? Threshold { get; }

    /// <summary>The window rule as it is now; null for an alert of a threshold, or where it was deleted.</summary>
    public WindowRuleItem? WindowRule { get; }

    /// <summary>Everything that happened to it, oldest first.</summary>
    public IReadOnlyList<AlertEventItem> Events { get; }

    /// <summary>The notifications sent about it, oldest first.</summary>
    public IReadOnlyList<AlertDeliveryItem> Deliveries { get; }

    public static AlertResponse From(AlertDetail detail) => new(detail);
}

/// <summary>A window rule, and how far it was evaluated.</summary>
internal sealed record WindowRuleResponse : WindowRuleItem
{
    [SetsRequiredMembers]
    public WindowRuleResponse(WindowRuleItem rule, WindowEvaluation? evaluation)
        : base(rule) =>
        (EvaluatedUntil, WaitingJobs) = (evaluation?.EvaluatedUntil, evaluation?.WaitingJobs ?? 0);

    /// <summary>End of the latest window that was evaluated, UTC; null before the first.</summary>
    [JsonPropertyOrder(1)]
    public DateTime? EvaluatedUntil { get; }

    /// <summary>Completed jobs of its scope that are not recorded yet: the rule is evaluated beyond them when they are.</summary>
    [JsonPropertyOrder(1)]
    public long WaitingJobs { get; }
}

/// <summary>Answer of <c>GET /performance/alerts/audit</c>.</summary>
/// <param name="Items">Changes, the newest first.</param>
/// <param name="NextCursor">Where the next page begins; null at the end.</param>
internal sealed record AuditResponse(IReadOnlyList<AuditLine> Items, string? NextCursor)
{
    public static AuditResponse From(CursorPage<AlertAuditEntry> page) => new(
        [
            .. page.Items.Select(a => new AuditLine(a.Id, a.RuleType, a.RuleId, a.Action, a.Actor, Json(a.Before), Json(a.After), a.At)),
        ],
        page.NextCursor);

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);
}

/// <summary>A change of a rule, mute or channel.</summary>
/// <param name="Id">Key.</param>
/// <param name="RuleType">What was changed.</param>
/// <param name="RuleId">Key of the rule, mute or channel.</param>
/// <param name="Action">How.</param>
/// <param name="Actor">Who did it: the name of the key or of the sign-in.</param>
/// <param name="Before">What it was, without secrets; null where it was made.</param>
/// <param name="After">What it became, without secrets; null where it was deleted.</param>
/// <param name="At">When, UTC.</param>
internal sealed record AuditLine(long Id, RuleType RuleType, long RuleId, AuditAction Action, string Actor, [property: CsvJson] JsonElement? Before, [property: CsvJson] JsonElement? After, DateTime At);

/// <summary>Body of a mute, for the API's description.</summary>
/// <param name="ScopeType">Where it holds.</param>
/// <param name="ScopeId">The workflow or worker; null for global.</param>
/// <param name="Until">Until then nothing is sent, UTC.</param>
/// <param name="Comment">Why; optional.</param>
internal sealed record MuteBody(AlertScope ScopeType, long? ScopeId, DateTime Until, string? Comment);

/// <summary>Body of a threshold's mute, for the API's description; null ends it.</summary>
/// <param name="Until">Until then nothing is sent, UTC; null ends the mute.</param>
internal sealed record MuteUntilBody(DateTime? Until);
