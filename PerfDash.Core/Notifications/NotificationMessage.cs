using System.Text.Json;
using System.Text.Json.Serialization;
using PerfDash.Core.Alerts.Incidents;

namespace PerfDash.Core.Notifications;

/// <summary>The message about a change, as it was then: the body of a webhook, but for the moment of sending.</summary>
public sealed record NotificationMessage
{
    /// <summary>How messages are written: snake_case, and never refused for a number.</summary>
    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { EnumText.Json },
    };

    /// <summary><c>alert.opened</c>, <c>alert.raised</c>, <c>alert.resolved</c>, or <c>alert.test</c>.</summary>
    public required string Event { get; init; }

    /// <summary>The incident after the change, as <c>GET /performance/alerts</c> shows it.</summary>
    public required AlertItem Alert { get; init; }

    /// <summary>The threshold or window rule as it was then.</summary>
    public required object? Threshold { get; init; }

    /// <summary>What decided, in the metric's unit; null where no value did.</summary>
    public required double? Value { get; init; }

    /// <summary>Whom it concerns; null for the farm, or when its row is gone.</summary>
    public required string? SubjectName { get; init; }

    /// <summary>Workflow of the deciding job; null where there is none.</summary>
    public required string? WorkflowName { get; init; }

    /// <summary>Worker of the deciding job; null where there is none.</summary>
    public required string? WorkerName { get; init; }

    /// <summary>Why, where no value decided; else null.</summary>
    public required string? Comment { get; init; }

    /// <summary>When the deciding job completed, UTC.</summary>
    public required DateTime At { get; init; }

    /// <summary>One line for people.</summary>
    public required string Title { get; init; }

    /// <summary>The rest for people.</summary>
    public required string Text { get; init; }

    /// <summary>Where the alert is shown; null where the dashboard's own address is not configured.</summary>
    public required string? Url { get; init; }

    /// <summary>The line for people in a stored message; any text.</summary>
    internal static string TitleIn(string stored) => JsonElement.Parse(stored).TryGetProperty("title", out var title) ? title.ToString() : "";

    /// <summary>The message of a change.</summary>
    /// <param name="publicUrl">Address of the dashboard; blank for none.</param>
    public static NotificationMessage From(IncidentChange change, string publicUrl) => new()
    {
        Event = "alert." + (change.IsTest ? "test" : change.Event.ToText()),
        Alert = change.Alert,
        Threshold = (object?)change.Threshold ?? change.WindowRule,
        Value = change.Value,
        SubjectName = change.Alert.SubjectName,
        WorkflowName = change.WorkflowName,
        WorkerName = change.WorkerName,
        Comment = change.Comment,
        At = change.At,
        Title = NotificationText.TitleOf(change),
        Text = NotificationText.TextOf(change),
        Url = publicUrl.Length == 0 ? null : $"{publicUrl.TrimEnd('/')}/alerts?incident={change.Alert.Id}",
    };
}
