using MudBlazor;
using PerfDash.Core.Notifications.Channels;

namespace PerfDash.Web.Features.Notifications;

/// <summary>Kinds of channels, for people.</summary>
internal static class ChannelWords
{
    /// <summary>What a kind is called.</summary>
    public static string NameOf(string? kind) => kind switch
    {
        ChannelKinds.InApp => "In PerfDash",
        ChannelKinds.Webhook => "Webhook",
        ChannelKinds.Slack => "Slack",
        ChannelKinds.Discord => "Discord",
        ChannelKinds.Email => "E-mail",
        _ => kind ?? "",
    };

    /// <summary>Its icon.</summary>
    public static string IconOf(string kind) => kind switch
    {
        ChannelKinds.InApp => Icons.Material.Outlined.Notifications,
        ChannelKinds.Email => Icons.Material.Outlined.Email,
        ChannelKinds.Webhook => Icons.Material.Outlined.Webhook,
        _ => Icons.Material.Outlined.Forum,
    };
}
