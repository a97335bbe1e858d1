using System.Text.Json;
using PerfDash.Core.Alerts;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts.Audit;

/// <summary>A line of the audit trail for people: what it was about, and which fields changed from what to what.</summary>
/// <param name="About">What was changed.</param>
/// <param name="Fields">Field, before and after; of something made or deleted all that were set.</param>
public sealed record AuditChange(string About, IReadOnlyList<(string Field, string? Before, string? After)> Fields)
{
    private static readonly string[] Silent = ["id", "created_at", "updated_at", "created_by", "configured"];

    // Said already where the whole of it is shown.
    private static readonly string[] Named = ["kind", "metric_name", "scope_type", "scope_id", "name"];

    /// <summary>Reads a stored line.</summary>
    public static AuditChange From(AlertAuditEntry entry, RuleChoices choices)
    {
        var before = Read(entry.Before);
        var after = Read(entry.After);
        var isChange = before.Count > 0 && after.Count > 0;
        var fields = before.Keys.Union(after.Keys)
            .Where(f => !Silent.Contains(f) && (isChange || !Named.Contains(f)) && before.GetValueOrDefault(f) != after.GetValueOrDefault(f))
            .Select(f => (AlertWords.Capital(f), before.GetValueOrDefault(f), after.GetValueOrDefault(f)));
        return new AuditChange(AboutOf(entry, after.Count > 0 ? after : before, choices), [.. fields]);
    }

    private static string AboutOf(AlertAuditEntry entry, Dictionary<string, string> now, RuleChoices choices)
    {
        var scope = EnumText.Find<AlertScope>(now.GetValueOrDefault("scope_type")) is { } type
            ? AlertWords.ScopeOf(type, long.TryParse(now.GetValueOrDefault("scope_id"), out var id) ? id : null, choices, "everything")
            : null;
        var name = entry.RuleType switch
        {
            RuleType.Threshold => $"Threshold {entry.RuleId}: {AlertMeasure.NameOf(now.GetValueOrDefault("metric_name"))}",
            RuleType.WindowRule => $"Window rule {entry.RuleId}: {AlertWords.NameOf(EnumText.Find<WindowRuleKind>(now.GetValueOrDefault("kind")), now.GetValueOrDefault("metric_name"))}",
            RuleType.Channel => $"Channel {entry.RuleId}: {now.GetValueOrDefault("name")}",
            _ => $"Mute {entry.RuleId}",
        };
        return scope is null ? name : $"{name}, {scope}";
    }

    private static Dictionary<string, string> Read(string? json)
    {
        if (json is null)
            return [];
        var all = JsonElement.Parse(json);
        var metric = Word(all, "metric_name") ?? Word(all, "kind");
        return all.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).ToDictionary(p => p.Name, p => Text(p, metric));
    }

    private static string? Word(JsonElement all, string field) => all.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Text(JsonProperty property, string? metric) => property.Name == "window_minutes" && property.Value.TryGetInt32(out var minutes)
        ? AlertUnits.Limit(minutes, AlertMetric.Silence)
        : property.Value is var value && value.ValueKind == JsonValueKind.Number
            && property.Name.EndsWith("_threshold", StringComparison.Ordinal) && value.TryGetSingle(out var limit)
        ? AlertMeasure.Limit(limit, metric)
        : Text(value);

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String when value.TryGetDateTime(out var moment) => UnitFormat.Moment(moment.ToUniversalTime()),
        _ => value.ToString(),
    };
}
