using System.Net;
using System.Net.Sockets;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>Distinguishes addresses of the public internet from those that mean this machine, its network or nothing at all.</summary>
internal static class PrivateNetworkCheck
{
    // IANA's special-purpose registry.
    private static readonly (string Kind, IPNetwork[] Networks)[] NotPublic =
    [
        ("a loopback address", Networks("127.0.0.0/8", "::1/128")),
        ("a private address", Networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10")),
        ("a shared address of a provider's network", Networks("100.64.0.0/10")),
        ("a link-local address", Networks("169.254.0.0/16", "fe80::/10")),
        ("a multicast address", Networks("224.0.0.0/4", "ff00::/8")),
        ("a reserved address", Networks(
            "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
            "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16")),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>What kind of address it is when it is not of the public internet; else null. An IPv4 address within an IPv6 one counts as what it is.</summary>
    public static string? Problem(IPAddress address)
    {
        var inner = Unwrap(address);
        foreach (var (kind, networks) in NotPublic)
        {
            if (networks.Any(n => n.BaseAddress.AddressFamily == inner.AddressFamily && n.Contains(inner)))
                return kind;
        }

        return inner.AddressFamily == AddressFamily.InterNetworkV6 && !GlobalUnicast.Contains(inner) ? "a reserved address" : null;
    }

    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (SixToFour.Contains(address))
            return new IPAddress(bytes.AsSpan(2, 4));
        return Translated.Contains(address) ? new IPAddress(bytes.AsSpan(12, 4)) : new IPAddress(bytes);
    }

    private static IPNetwork[] Networks(params string[] networks) => Array.ConvertAll(networks, text => IPNetwork.Parse(text));
}
