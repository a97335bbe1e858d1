namespace PerfDash.Data.Entities;

/// <summary>One notification of one change to one channel (table <c>notification_deliveries</c>).</summary>
public sealed class NotificationDelivery
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>Event id.</summary>
    public long EventId { get; set; }

    /// <summary>Incident id.</summary>
    public long IncidentId { get; set; }

    /// <summary>Channel id.</summary>
    public long ChannelId { get; set; }

    /// <summary>Sent with every attempt, so that a receiver can tell a repetition.</summary>
    public Guid IdempotencyKey { get; set; }

    /// <summary>withheld was never to be sent: muted, below the channel's severity, or covered by a worse alert; last_error says which.</summary>
    public string State { get; set; } = "pending";

    /// <summary>What is sent, as it was when the change happened.</summary>
    public required string Message { get; set; }

    /// <summary>Attempts.</summary>
    public int Attempts { get; set; }

    /// <summary>Next attempt at, UTC.</summary>
    public DateTime NextAttemptAt { get; set; }

    /// <summary>Last error; null where there is none.</summary>
    public string? LastError { get; set; }

    /// <summary>Created at, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>Delivered at, UTC; null where there is none.</summary>
    public DateTime? DeliveredAt { get; set; }
}
