using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text;

namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>The address of a ComfyUI server and what every request to it carries.</summary>
internal sealed record ComfyUiEndpoint
{
    private const int MaxUrlLength = 2000;

    private ComfyUiEndpoint(Uri url, IReadOnlyDictionary<string, string> headers, string? pinnedCertificateSha256)
    {
        Url = url;
        Headers = headers;
        PinnedCertificateSha256 = pinnedCertificateSha256;
    }

    /// <summary>http or https, with the path and the query that every request keeps, without user and password.</summary>
    public Uri Url { get; }

    /// <summary>Sent with every request; has Authorization where the URL had a user or a password.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>SHA-256 of the only certificate to accept, 64 hexadecimal digits in upper case; null: what the machine trusts.</summary>
    public string? PinnedCertificateSha256 { get; }

    /// <summary>Host and port, as messages name the server.</summary>
    public string Name => Url.Authority;

    /// <summary>What is wrong with a URL, in one sentence; null where nothing is.</summary>
    public static string? ErrorOf(string? url) => TryParse(url, null, null, out _, out var error) ? null : error;

    /// <summary>Takes an address as an admin types it. An Authorization header wins over user and password in the URL.</summary>
    /// <param name="pinnedCertificateSha256">Hexadecimal, with or without colons; null or empty: none.</param>
    /// <param name="error">What is wrong, in one sentence; null where nothing is.</param>
    public static bool TryParse(
        string? url,
        IReadOnlyDictionary<string, string>? headers,
        string? pinnedCertificateSha256,
        [NotNullWhen(true)] out ComfyUiEndpoint? endpoint,
        [NotNullWhen(false)] out string? error)
    {
        endpoint = null;
        error = ParseUrl(url, out var address) ?? HeadersError(headers) ?? ParsePin(pinnedCertificateSha256, out pinnedCertificateSha256);
        if (error is not null)
            return false;
        var sent = new Dictionary<string, string>(headers ?? ReadOnlyDictionary<string, string>.Empty, StringComparer.OrdinalIgnoreCase);
        if (address!.UserInfo.Length > 0)
        {
            sent.TryAdd("Authorization", BasicHeader(address.UserInfo));
            address = new UriBuilder(address) { UserName = "", Password = "" }.Uri;
        }
        endpoint = new ComfyUiEndpoint(address, sent, pinnedCertificateSha256);
        return true;
    }

    /// <summary>The address of a route such as /queue below the base path.</summary>
    /// <param name="query">Appended to the query of the address itself; empty: none.</param>
    public Uri UriOf(string route, string query = "") => new UriBuilder(Url)
    {
        Path = Url.AbsolutePath.TrimEnd('/') + route,
        Query = string.Join('&', new[] { Url.Query.TrimStart('?'), query }.Where(part => part.Length > 0)),
    }.Uri;

    /// <summary>The address of its socket.</summary>
    public Uri SocketUriOf(string clientId) => new UriBuilder(UriOf("/ws", "clientId=" + Uri.EscapeDataString(clientId)))
    {
        Scheme = Url.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs,
        Port = Url.Port,
    }.Uri;

    /// <summary>Without the query and the headers: they can hold secrets.</summary>
    public override string ToString() => Url.GetLeftPart(UriPartial.Path);

    private static string? ParseUrl(string? url, out Uri? address)
    {
        address = null;
        url = url?.Trim();
        if (string.IsNullOrEmpty(url))
            return "The address is missing.";
        if (url.Length > MaxUrlLength)
            return $"The address is longer than {MaxUrlLength} characters.";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || !url.Contains("://", StringComparison.Ordinal))
            return "The address has to start with http:// or https:// and a host, such as http://gpu-01:8188.";
        var scheme = parsed.Scheme switch
        {
            "http" or "ws" => Uri.UriSchemeHttp,
            "https" or "wss" => Uri.UriSchemeHttps,
            _ => null,
        };
        if (scheme is null)
            return $"The address starts with {parsed.Scheme}://: only http and https are possible.";
        if (parsed.Host.Length == 0)
            return "The address has no host.";
        if (parsed.Fragment.Length > 0 || url.EndsWith('#'))
            return "The address has a part after #, which no request can carry.";
        address = scheme == parsed.Scheme ? parsed : new UriBuilder(parsed) { Scheme = scheme, Port = parsed.IsDefaultPort ? -1 : parsed.Port }.Uri;
        return null;
    }

    private static string? HeadersError(IReadOnlyDictionary<string, string>? headers)
    {
        using var request = new HttpRequestMessage();
        foreach (var (name, value) in headers ?? ReadOnlyDictionary<string, string>.Empty)
        {
            // ComfyUI answers 403 to a foreign Origin; the others belong to the connection and the handshake of the socket.
            if (name.ToUpperInvariant() is "ORIGIN" or "CONNECTION" or "UPGRADE" or "TRANSFER-ENCODING" || name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase))
                return $"The header {name} is set by PerfDash itself.";
            if (!request.Headers.TryAddWithoutValidation(name, value))
                return $"The header {Shortened(name)} cannot be sent with a request.";
            if (value.Any(char.IsControl) || !Ascii.IsValid(value))
                return $"The value of the header {name} has characters that a header cannot have.";
        }
        return null;
    }

    private static string? ParsePin(string? text, out string? pin)
    {
        pin = text?.Replace(":", "", StringComparison.Ordinal).Trim().ToUpperInvariant();
        if (string.IsNullOrEmpty(pin))
            pin = null;
        return pin is null || (pin.Length == 64 && pin.All(char.IsAsciiHexDigit))
            ? null
            : "The fingerprint of the certificate has to be SHA-256: 64 hexadecimal digits.";
    }

    private static string BasicHeader(string userInfo)
    {
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        var user = Uri.UnescapeDataString(colon < 0 ? userInfo : userInfo[..colon]);
        var password = colon < 0 ? "" : Uri.UnescapeDataString(userInfo[(colon + 1)..]);
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))).ToString();
    }

    private static string Shortened(string name) => name.Length <= 60 ? name : name[..60] + "…";
}
