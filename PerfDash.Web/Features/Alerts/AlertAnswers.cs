using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using PerfDash.Core.Alerts;

namespace PerfDash.Web.Features.Alerts;

/// <summary>Answer of <c>GET /performance/alerts/{id}</c>: the incident's own fields, and what belongs to it.</summary>
internal sealed record AlertAnswer : AlertItem
{
    [SetsRequiredMembers]
    private AlertAnswer(AlertDetail detail)
        : base(detail.Alert)
    {
        Threshold = detail.Threshold;
        WindowRule = detail.WindowRule;
        Events = detail.Events;
        Deliveries = detail.Deliveries;
    }

    public ThresholdItem? Threshold { get; }

    public WindowRuleItem? WindowRule { get; }

    public IReadOnlyList<AlertEventItem> Events { get; }

    public IReadOnlyList<AlertDeliveryItem> Deliveries { get; }

    public static AlertAnswer Of(AlertDetail detail) => new(detail);
}

/// <summary>Answer of <c>GET /performance/alerts/audit</c>.</summary>
internal sealed record AuditAnswer(IReadOnlyList<AuditLine> Items, string? NextCursor)
{
    public static AuditAnswer Of(AuditPage page) => new(
        [
            .. page.Items.Select(a => new AuditLine(a.Id, a.RuleType, a.RuleId, a.Action, a.Actor, Json(a.Before), Json(a.After), a.At)),
        ],
        page.NextCursor);

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);
}

/// <summary>A change of a rule, mute or channel.</summary>
internal sealed record AuditLine(long Id, string RuleType, long RuleId, string Action, string Actor, JsonElement? Before, JsonElement? After, DateTime At);

/// <summary>Body of a mute, for the API's description.</summary>
internal sealed record MuteBody(string ScopeType, long? ScopeId, DateTime Until, string? Comment);

/// <summary>Body of a threshold's mute, for the API's description; null ends it.</summary>
internal sealed record MuteUntilBody(DateTime? Until);
