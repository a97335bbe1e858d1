using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Options;
using PerfDash.Core.Notifications.Delivery;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>
/// Posts to addresses that were typed in by people, who must not reach through it what only this machine can: each
/// connection is checked on the address it goes to, after the name was looked up. Redirects are not followed and no
/// proxy is asked; nothing is logged, because an address may be a secret.
/// </summary>
public sealed class SsrfSafeHttpClient : IDisposable
{
    private const int MaxResponseBytes = 16 * 1024;
    private const int ShownCharacters = 200;

    private readonly bool _allowPrivateNetworks;
    private readonly HttpClient _client;

    /// <summary>With the settings of notifications.</summary>
    public SsrfSafeHttpClient(IOptions<NotificationOptions> options)
    {
        _allowPrivateNetworks = options.Value.AllowPrivateNetworks;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            MaxConnectionsPerServer = 16,
            MaxResponseHeadersLength = 16,
        })
        {
            // The caller's token is the limit.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("PerfDash", typeof(SsrfSafeHttpClient).Assembly.GetName().Version?.ToString(2)));
    }

    /// <summary>Posts JSON.</summary>
    /// <exception cref="DeliveryException">No answer, or none of success.</exception>
    public async Task PostJsonAsync(
        string? url, ReadOnlyMemory<byte> body, IEnumerable<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        if (TargetUrl.Problem(url, _allowPrivateNetworks) is { } problem)
            throw new DeliveryException($"The address {problem}") { IsRefusal = true };
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
                throw await RefusedAsync(answer, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            // Host and port may be shown; the path is not in any of these texts.
            throw Find(e) ?? new DeliveryException($"No answer: {e.Message}{(e.InnerException is AuthenticationException inner ? " " + inner.Message : "")}", e);
        }
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await ResolveAsync(host, cancellationToken);
        var allowed = _allowPrivateNetworks ? addresses : Array.FindAll(addresses, a => PrivateNetworkCheck.Problem(a) is null);
        if (allowed.Length == 0)
        {
            // In the same words whether the name is known here or not: who tests a channel is not to learn the names of this network.
            throw new DeliveryException(_allowPrivateNetworks
                ? $"{host} has no address."
                : $"{host} has no public address; set {NotificationOptions.Section}:AllowPrivateNetworks to allow private ones.")
            {
                IsRefusal = addresses.Length > 0,
            };
        }

        SocketException? last = null;
        foreach (var address in allowed)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last!;
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return [];
        }
    }

    private static async Task<DeliveryException> RefusedAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        if (status is >= 300 and < 400)
            return new DeliveryException($"The receiver answered {status}. Redirects are not followed.") { IsRefusal = true };
        var said = await ReadAsync(answer.Content, cancellationToken);
        var pause = answer.Headers.RetryAfter;
        return new DeliveryException($"The receiver answered {status} {answer.ReasonPhrase}{(said.Length == 0 ? "" : ": " + said)}")
        {
            IsRefusal = status is >= 400 and < 500 and not (408 or 425 or 429),
            RetryAfter = pause?.Delta ?? (pause?.Date is { } date && answer.Headers.Date is { } now ? date - now : null),
        };
    }

    private static async Task<string> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxResponseBytes];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var text = string.Concat(Encoding.UTF8.GetString(buffer, 0, length).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";
    }

    private static DeliveryException? Find(Exception? e) => e as DeliveryException ?? (e?.InnerException is { } inner ? Find(inner) : null);
}
