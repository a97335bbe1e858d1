namespace PerfDash.Core.Notifications.Channels;

/// <summary>Kinds of channels, as <c>notification_channels.kind</c> has them.</summary>
public static class ChannelKinds
{
    /// <summary>In the application itself; there is one.</summary>
    public const string InApp = "in_app";

    /// <summary>Signed JSON for programs.</summary>
    public const string Webhook = "webhook";

    /// <summary>What Slack, Mattermost and Rocket.Chat take.</summary>
    public const string Slack = "slack";

    /// <summary>What Discord takes.</summary>
    public const string Discord = "discord";

    /// <summary>E-mail.</summary>
    public const string Email = "email";

    /// <summary>Those an admin can make.</summary>
    public static IReadOnlyList<string> Makeable { get; } = [Webhook, Slack, Discord, Email];
}
