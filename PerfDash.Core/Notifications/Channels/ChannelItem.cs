using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>A channel as the API shows it: never its address in full, never its secret.</summary>
public sealed record ChannelItem
{
    /// <summary>Key.</summary>
    public required long Id { get; init; }

    /// <summary><c>in_app</c>, <c>webhook</c>, <c>slack</c>, <c>discord</c> or <c>email</c>.</summary>
    public required ChannelKind Kind { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>What may be shown of the target: host and port of a webhook, the recipients of e-mail.</summary>
    public required string Target { get; init; }

    /// <summary>True for a channel of the configuration and the one in the application: the first cannot be changed here, both cannot be deleted.</summary>
    public required bool Configured { get; init; }

    /// <summary><c>warning</c> or <c>critical</c>: what is less is withheld.</summary>
    public required AlertSeverity MinimumSeverity { get; init; }

    /// <summary>False: what it would receive is withheld. Once it is enabled, it receives the alerts that are still open.</summary>
    public required bool Enabled { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When it was last changed, UTC.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>The item of a row.</summary>
    public static ChannelItem From(NotificationChannel channel) => new()
    {
        Id = channel.Id,
        Kind = channel.Kind,
        Name = channel.Name,
        Target = channel.Target,
        Configured = channel.ConfigurationKey is not null,
        MinimumSeverity = channel.MinimumSeverity,
        Enabled = channel.Enabled,
        CreatedAt = channel.CreatedAt,
        UpdatedAt = channel.UpdatedAt,
    };
}
