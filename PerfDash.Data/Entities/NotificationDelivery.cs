namespace PerfDash.Data.Entities;

/// <summary>One notification of one change to one channel (table <c>notification_deliveries</c>).</summary>
public sealed class NotificationDelivery
{
    public long Id { get; set; }

    /// <summary>The change (<c>alert_incident_events</c>).</summary>
    public long EventId { get; set; }

    public long IncidentId { get; set; }

    /// <summary>Where it goes.</summary>
    public long ChannelId { get; set; }

    /// <summary>Sent with every attempt, so that a receiver can recognise a repetition.</summary>
    public Guid IdempotencyKey { get; set; }

    public DeliveryState State { get; set; }

    /// <summary>What is sent, as it was when the change happened.</summary>
    public required string Message { get; set; }

    /// <summary>How often it was tried, from 0; raised when it is claimed.</summary>
    public int Attempts { get; set; }

    /// <summary>Attempts that were neither accepted nor refused, over all retries: the receiver may have the message nevertheless.</summary>
    public int UnclearAttempts { get; set; }

    /// <summary>Not tried before, UTC. A claim moves it ahead, so that the claim of an instance that died runs out.</summary>
    public DateTime NextAttemptAt { get; set; }

    /// <summary>Why it did not arrive, or why it is withheld; null otherwise. Holds no secret.</summary>
    public string? LastError { get; set; }

    /// <summary>When it was stored, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>When the receiver took it, UTC; null until then.</summary>
    public DateTime? DeliveredAt { get; set; }
}

/// <summary>What becomes of a notification.</summary>
public enum DeliveryState
{
    /// <summary>Waits for its next attempt.</summary>
    Pending,

    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>Given up.</summary>
    Failed,

    /// <summary>Never to be sent: muted, below the channel's severity, or covered by a worse alert; last_error says which.</summary>
    Withheld,
}
