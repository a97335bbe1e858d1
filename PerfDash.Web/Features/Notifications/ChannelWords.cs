using MudBlazor;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Notifications;

/// <summary>Kinds of channels, for people.</summary>
internal static class ChannelWords
{
    public static string NameOf(ChannelKind kind) => kind switch
    {
        ChannelKind.InApp => "In PerfDash",
        ChannelKind.Webhook => "Webhook",
        ChannelKind.Slack => "Slack",
        ChannelKind.Discord => "Discord",
        _ => "E-mail",
    };

    public static string IconOf(ChannelKind kind) => kind switch
    {
        ChannelKind.InApp => Icons.Material.Outlined.Notifications,
        ChannelKind.Email => Icons.Material.Outlined.Email,
        ChannelKind.Webhook => Icons.Material.Outlined.Webhook,
        _ => Icons.Material.Outlined.Forum,
    };
}
