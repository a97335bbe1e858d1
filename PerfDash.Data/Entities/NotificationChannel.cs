namespace PerfDash.Data.Entities;

/// <summary>Where notifications go (table <c>notification_channels</c>).</summary>
public sealed class NotificationChannel
{
    public long Id { get; set; }

    /// <summary>What takes them there.</summary>
    public required ChannelKind Kind { get; set; }

    /// <summary>What an admin calls it.</summary>
    public required string Name { get; set; }

    /// <summary>What may be shown of the target: a host name, an address.</summary>
    public required string Target { get; set; }

    /// <summary>Encrypted JSON with address and secret; null for a channel of the configuration, whose settings stay there.</summary>
    public string? SettingsProtected { get; set; }

    /// <summary>Names a channel of the configuration; null for one made by an admin.</summary>
    public string? ConfigurationKey { get; set; }

    /// <summary>What is less is withheld.</summary>
    public AlertSeverity MinimumSeverity { get; set; }

    /// <summary>False: nothing is stored for it or sent.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>When it was deleted, UTC; null while it is there. The row stays for the record of its deliveries.</summary>
    public DateTime? DeletedAt { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>When it was last changed, UTC; kept by the database.</summary>
    public DateTime UpdatedAt { get; set; }
}

/// <summary>What takes notifications to their receiver.</summary>
public enum ChannelKind
{
    /// <summary>In the application itself; there is one.</summary>
    InApp,

    /// <summary>Signed JSON for programs.</summary>
    Webhook,

    /// <summary>What Slack, Mattermost and Rocket.Chat take.</summary>
    Slack,

    /// <summary>What Discord takes.</summary>
    Discord,

    /// <summary>E-mail.</summary>
    Email,
}
