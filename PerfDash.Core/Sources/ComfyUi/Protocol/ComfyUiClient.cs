using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>Asks the HTTP API of one ComfyUI server. Safe to use from several threads.</summary>
/// <param name="maxResponseBytes">The longest answer that is read into memory, in bytes.</param>
internal sealed class ComfyUiClient(ComfyUiEndpoint endpoint, int maxResponseBytes = ComfyUiClient.DefaultMaxResponseBytes) : IDisposable
{
    public const int DefaultMaxResponseBytes = 32 * 1024 * 1024;

    private const int FirstBufferBytes = 64 * 1024;

    // The timeout is set by each request: that of HttpClient ends with the headers.
    private readonly HttpClient _client = new(ComfyUiHttp.CreateHandler(endpoint)) { Timeout = Timeout.InfiniteTimeSpan };

    public ComfyUiEndpoint Endpoint => endpoint;

    /// <summary>GET /history.</summary>
    /// <param name="offset">From the oldest, 0 first; null: the last <paramref name="maxItems"/>, oldest first.</param>
    /// <exception cref="ComfyUiException">No answer of use.</exception>
    public Task<JsonDocument> GetHistoryAsync(int maxItems, int? offset, CancellationToken cancellation) =>
        GetAsync("/history", offset is null ? $"max_items={maxItems}" : $"max_items={maxItems}&offset={offset}", cancellation);

    /// <summary>GET /history/{id}: an object without fields where there is no such entry.</summary>
    /// <exception cref="ComfyUiException">No answer of use.</exception>
    public Task<JsonDocument> GetHistoryEntryAsync(string promptId, CancellationToken cancellation) => GetAsync($"/history/{Uri.EscapeDataString(promptId)}", "", cancellation);

    /// <summary>GET /queue.</summary>
    /// <exception cref="ComfyUiException">No answer of use.</exception>
    public Task<JsonDocument> GetQueueAsync(CancellationToken cancellation) => GetAsync("/queue", "", cancellation);

    /// <summary>GET /system_stats.</summary>
    /// <exception cref="ComfyUiException">No answer of use.</exception>
    public Task<JsonDocument> GetSystemStatsAsync(CancellationToken cancellation) => GetAsync("/system_stats", "", cancellation);

    /// <summary>GET /view: the headers are read, the content is for the caller to read, and to limit; the caller disposes it.</summary>
    /// <param name="type">output, input or temp.</param>
    /// <exception cref="ComfyUiException">No answer of use.</exception>
    public async Task<HttpResponseMessage> OpenViewAsync(string filename, string subfolder, string type, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(ComfyUiHttp.RequestTimeout);
        var query = $"filename={Uri.EscapeDataString(filename)}&subfolder={Uri.EscapeDataString(subfolder)}&type={Uri.EscapeDataString(type)}";
        try
        {
            return await SendAsync("/view", query, timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw ComfyUiHttp.TimedOut(endpoint, e);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonDocument> GetAsync(string route, string query, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(ComfyUiHttp.RequestTimeout);
        try
        {
            using var response = await SendAsync(route, query, timeout.Token);
            return LenientJson.Parse(await ReadAsync(response.Content, route, timeout.Token));
        }
        catch (JsonException e)
        {
            throw new ComfyUiException(ComfyUiFailure.BadResponse, $"{endpoint.Name} did not answer {route} with JSON that can be read: is it a ComfyUI server?", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw ComfyUiHttp.TimedOut(endpoint, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw ComfyUiHttp.Unreachable(endpoint, e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string route, string query, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint.UriOf(route, query));
        foreach (var (name, value) in endpoint.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw ComfyUiHttp.Unreachable(endpoint, e);
        }
        if (ComfyUiHttp.FailureOf(endpoint, route, response.StatusCode, response.Headers.Location) is not { } failure)
            return response;
        response.Dispose();
        throw failure;
    }

    /// <summary>The whole body in a buffer of its own, which the document keeps.</summary>
    private async Task<Memory<byte>> ReadAsync(HttpContent content, string route, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > maxResponseBytes)
            throw TooLarge(route);
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        // One byte more than announced: the read that finds the end needs room.
        var buffer = new byte[(int)Math.Min(content.Headers.ContentLength ?? FirstBufferBytes, maxResponseBytes) + 1];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
                return buffer.AsMemory(0, length);
            length += read;
            if (length > maxResponseBytes)
                throw TooLarge(route);
            if (length == buffer.Length)
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maxResponseBytes + 1L));
        }
    }

    private ComfyUiException TooLarge(string route) =>
        new(ComfyUiFailure.TooLarge, $"{endpoint.Name} answered {route} with more than {maxResponseBytes / 1024.0 / 1024:0.#} MB.");
}
