namespace PerfDash.Data.Entities;

/// <summary>Where notifications go (table <c>notification_channels</c>).</summary>
public sealed class NotificationChannel
{
    /// <summary>Key.</summary>
    public long Id { get; set; }

    /// <summary>Kind.</summary>
    public required string Kind { get; set; }

    /// <summary>Name.</summary>
    public required string Name { get; set; }

    /// <summary>What may be shown of the target: a host name, an address.</summary>
    public required string Target { get; set; }

    /// <summary>Encrypted JSON with address and secret; null for a channel of the configuration, whose settings stay there.</summary>
    public string? SettingsProtected { get; set; }

    /// <summary>Names a channel of the configuration; null for one made by an admin.</summary>
    public string? ConfigurationKey { get; set; }

    /// <summary>Minimum severity.</summary>
    public string MinimumSeverity { get; set; } = "warning";

    /// <summary>Enabled.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Deleted at, UTC; null where there is none.</summary>
    public DateTime? DeletedAt { get; set; }

    /// <summary>Created at, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>Updated at, UTC.</summary>
    public DateTime UpdatedAt { get; set; }
}
