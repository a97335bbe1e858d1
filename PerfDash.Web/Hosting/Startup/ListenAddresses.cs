using System.Net;
using System.Net.Sockets;

namespace PerfDash.Web.Hosting.Startup;

/// <summary>Looks at where to listen before anything is started: a mistake there is said at once, in a sentence.</summary>
internal static class ListenAddresses
{
    /// <summary>Checks that each address can be read and listened on.</summary>
    /// <exception cref="StartupException">One cannot.</exception>
    public static void Check(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            Try(url, Parse(url));
    }

    private static BindingAddress Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            if (address.Scheme is "http" or "https" && address.PathBase.Length == 0 && address.Port is >= 0 and <= 65535
                && (address.IsUnixPipe || address.Host.Length > 0) && !(address.Port == 0 && IsLocalhost(address)))
            {
                return address;
            }
        }
        catch (FormatException)
        {
            // Said below, as for an address that can be read and not be used.
        }

        throw new StartupException(
            $"--urls is \"{url}\"; it must be an address such as http://localhost:5080 or http://0.0.0.0:5080, several with ; between them.");
    }

    private static void Try(string url, BindingAddress address)
    {
        if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0)
            return;
        IPAddress[] hosts = IsLocalhost(address) ? [IPAddress.Loopback]
            : IPAddress.TryParse(address.Host.Trim('[', ']'), out var one) ? [one]
            : [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any];
        foreach (var host in hosts)
        {
            try
            {
                using var socket = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                if (host.Equals(IPAddress.IPv6Any))
                    socket.DualMode = true;
                socket.Bind(new IPEndPoint(host, address.Port));
                socket.Listen();
            }
            catch (SocketException e)
            {
                throw new StartupException(Sentence(url, e), e);
            }
        }
    }

    /// <summary>Why an address cannot be listened on.</summary>
    public static string Sentence(string url, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"{url} is in use by another program; stop that one, or choose another port with --urls http://localhost:PORT.",
        SocketError.AccessDenied => $"{url} may not be listened on by this user: ports below 1024 need a right; choose another port with --urls http://localhost:PORT.",
        SocketError.AddressNotAvailable => $"{url} is not an address of this machine; --urls takes one that is, or http://0.0.0.0:PORT for all of them.",
        _ => $"{url} cannot be listened on: {e.Message}.",
    };

    private static bool IsLocalhost(BindingAddress address) => address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
