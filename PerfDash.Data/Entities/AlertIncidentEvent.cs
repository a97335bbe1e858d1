namespace PerfDash.Data.Entities;

/// <summary>Something that happened to an incident (table <c>alert_incident_events</c>).</summary>
public sealed class AlertIncidentEvent
{
    public long Id { get; set; }

    public long IncidentId { get; set; }

    public required IncidentEvent Event { get; set; }

    /// <summary>Severity after it.</summary>
    public required AlertSeverity Severity { get; set; }

    /// <summary>Completion of the deciding job, or when a person acted, UTC.</summary>
    public DateTime At { get; set; }

    /// <summary>What the deciding job measured, in the metric's unit; null where no job decided.</summary>
    public double? Value { get; set; }

    /// <summary>The deciding job; null where none decided.</summary>
    public long? JobId { get; set; }

    /// <summary>Who did it; null for PerfDash itself.</summary>
    public string? Actor { get; set; }

    /// <summary>What they said, or why it ended; null for nothing.</summary>
    public string? Comment { get; set; }

    /// <summary>When PerfDash stored it, UTC.</summary>
    public DateTime RecordedAt { get; set; }
}

/// <summary>What happens to an incident.</summary>
public enum IncidentEvent
{
    /// <summary>Sends a notification.</summary>
    Opened,

    /// <summary>Sends a notification.</summary>
    Raised,

    /// <summary>Sends a notification.</summary>
    Resolved,

    /// <summary>By a person; sends no notification.</summary>
    Acknowledged,

    /// <summary>By a person; sends no notification.</summary>
    Commented,
}
