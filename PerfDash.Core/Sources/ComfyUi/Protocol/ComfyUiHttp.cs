using System.Net;
using System.Security.Cryptography;

namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>The connection of both the client and the socket, and how its failures are described.</summary>
internal static class ComfyUiHttp
{
    /// <summary>How long one request may take, and the handshake of a socket.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>No proxy, no cookies, no redirects: headers of an endpoint must not reach another host.</summary>
    public static SocketsHttpHandler CreateHandler(ComfyUiEndpoint endpoint)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = ConnectTimeout,
            // A host name may get another address while PerfDash runs.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ActivityHeadersPropagator = null,
        };
        if (endpoint.PinnedCertificateSha256 is { } pin)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate is not null && certificate.GetCertHashString(HashAlgorithmName.SHA256).Equals(pin, StringComparison.OrdinalIgnoreCase);
        }
        return handler;
    }

    public static ComfyUiException Unreachable(ComfyUiEndpoint endpoint, Exception cause) => new(ComfyUiFailure.Unreachable, Reason(endpoint, cause), cause);

    public static ComfyUiException TimedOut(ComfyUiEndpoint endpoint, Exception cause) =>
        new(ComfyUiFailure.Unreachable, $"{endpoint.Name} did not answer within {RequestTimeout.TotalSeconds:0} seconds.", cause);

    /// <summary>Null for a status that says yes.</summary>
    public static ComfyUiException? FailureOf(ComfyUiEndpoint endpoint, string route, HttpStatusCode status, Uri? redirect = null) => (int)status switch
    {
        >= 200 and < 300 => null,
        401 or 403 => new(ComfyUiFailure.Refused, $"{endpoint.Name} refused {route} ({(int)status}): it asks for a header, a password or a token."),
        404 => new(ComfyUiFailure.NotFound, $"{endpoint.Name} has no {route} (404)."),
        >= 300 and < 400 => new(ComfyUiFailure.BadResponse, $"{endpoint.Name} redirects {route} to {RedirectName(redirect)}: enter the address that it redirects to."),
        // What a reverse proxy says when the server behind it is away.
        502 or 503 or 504 => new(ComfyUiFailure.Unreachable, $"{endpoint.Name} answered {route} with {(int)status}: the server behind it is away."),
        _ => new(ComfyUiFailure.BadResponse, $"{endpoint.Name} answered {route} with {(int)status}."),
    };

    private static string RedirectName(Uri? redirect) => redirect is { IsAbsoluteUri: true } ? redirect.Authority : "another path";

    private static string Reason(ComfyUiEndpoint endpoint, Exception cause) => (cause as HttpRequestException ?? cause.InnerException as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => $"The host {endpoint.Url.Host} is unknown.",
        HttpRequestError.SecureConnectionError when endpoint.PinnedCertificateSha256 is not null => $"{endpoint.Name} shows another certificate than the pinned one, or none.",
        HttpRequestError.SecureConnectionError => $"The certificate of {endpoint.Name} is not trusted, or it does not speak TLS.",
        HttpRequestError.ConnectionError => $"{endpoint.Name} does not accept connections.",
        _ => $"The connection to {endpoint.Name} broke.",
    };
}
