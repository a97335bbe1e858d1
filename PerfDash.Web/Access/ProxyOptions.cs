using System.Net;

namespace PerfDash.Web.Access;

/// <summary>Proxies in front of PerfDash, section <c>PerfDash:Proxy</c>.</summary>
public sealed class ProxyOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Proxy";

    /// <summary>
    /// Addresses and networks (CIDR) whose X-Forwarded-For, -Proto and -Host count, separated by commas, for example
    /// <c>10.0.0.5, 192.168.0.0/24</c>; blank: nobody's.
    /// </summary>
    [IpNetworks]
    public string Trusted { get; set; } = "";

    internal IEnumerable<IPNetwork> Networks => Parts(Trusted).Select(p => Read(p)!.Value);

    internal static IEnumerable<string> Parts(string text) => text.Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    internal static IPNetwork? Read(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    private sealed class IpNetworksAttribute : System.ComponentModel.DataAnnotations.ValidationAttribute
    {
        public override bool IsValid(object? value) => Parts((string?)value ?? "").All(p => Read(p) is not null);

        public override string FormatErrorMessage(string name) => "must be IP addresses or networks in CIDR notation, separated by commas, for example 10.0.0.5, 192.168.0.0/24";
    }
}
