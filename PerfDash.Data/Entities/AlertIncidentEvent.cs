namespace PerfDash.Data.Entities;

/// <summary>Something that happened to an incident (table <c>alert_incident_events</c>).</summary>
public sealed class AlertIncidentEvent
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>Incident id.</summary>
    public long IncidentId { get; set; }

    /// <summary>Event.</summary>
    public required string Event { get; set; }

    /// <summary>Severity.</summary>
    public required string Severity { get; set; }

    /// <summary>At, UTC.</summary>
    public DateTime At { get; set; }

    /// <summary>Value; null where there is none.</summary>
    public double? Value { get; set; }

    /// <summary>Job id; null where there is none.</summary>
    public long? JobId { get; set; }

    /// <summary>Who did it; null for PerfDash itself.</summary>
    public string? Actor { get; set; }

    /// <summary>Comment; null where there is none.</summary>
    public string? Comment { get; set; }

    /// <summary>Recorded at, UTC.</summary>
    public DateTime RecordedAt { get; set; }
}
