using System.Text.Json;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications;

/// <summary>A stored message on its way.</summary>
public sealed record OutgoingMessage
{
    /// <summary>Reads a stored message.</summary>
    /// <param name="idempotencyKey">The same with every attempt.</param>
    /// <param name="body">The stored message.</param>
    public OutgoingMessage(Guid idempotencyKey, JsonElement body)
    {
        IdempotencyKey = idempotencyKey;
        Body = body;
    }

    /// <summary>The same with every attempt.</summary>
    public Guid IdempotencyKey { get; }

    /// <summary>The message as it was stored.</summary>
    public JsonElement Body { get; }

    /// <summary><c>alert.opened</c> and so on.</summary>
    public string Event => Body.GetProperty("event").GetString()!;

    public string Title => Body.GetProperty("title").GetString()!;

    public string Text => Body.GetProperty("text").GetString()!;

    /// <summary>Where the alert is shown; null for nowhere.</summary>
    public string? Url => Body.TryGetProperty("url", out var url) ? url.GetString() : null;

    /// <summary><c>warning</c> or <c>critical</c>.</summary>
    public bool IsCritical => Body.GetProperty("alert").GetProperty("severity").ValueEquals(AlertSeverity.Critical.ToText());
}
