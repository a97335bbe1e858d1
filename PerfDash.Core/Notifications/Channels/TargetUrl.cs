using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>What can be said of a webhook's address before anything is sent there.</summary>
internal static class TargetUrl
{
    /// <summary>True for an absolute http or https address.</summary>
    public static bool IsHttp(string? text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.Host.Length > 0;

    /// <summary>What is wrong with the address, as the end of a sentence; null when nothing is. A name is looked up only when it is called.</summary>
    public static string? Problem(string? text, bool allowPrivateNetworks)
    {
        if (!IsHttp(text, out var url))
            return "must be an address that starts with http:// or https://.";
        if (url.UserInfo.Length > 0)
            return "must not contain a user name or password.";
        var isPrivate = IPAddress.TryParse(url.DnsSafeHost, out var address) ? PrivateNetworkCheck.Problem(address) is not null : url.IsLoopback;
        return isPrivate && !allowPrivateNetworks
            ? $"is on a private network; set {NotificationOptions.Section}:AllowPrivateNetworks to allow it."
            : null;
    }
}
