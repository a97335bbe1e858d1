using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

public static class ChannelKinds
{
    /// <summary>Those an admin can make.</summary>
    public static IReadOnlyList<ChannelKind> Makeable { get; } = [ChannelKind.Webhook, ChannelKind.Slack, ChannelKind.Discord, ChannelKind.Email];
}
