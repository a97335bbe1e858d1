using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

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

    /// <summary>POST /free: the server forgets the results of nodes that it keeps, as soon as nothing runs. Models stay as long as something uses them.</summary>
    /// <exception cref="ComfyUiException">No answer of use.</exception>
    public async Task FreeCacheAsync(CancellationToken cancellation)
    {
        using var answer = await RequestAsync(HttpMethod.Post, "/free", "", new JsonObject { ["unload_models"] = false, ["free_memory"] = true }, cancellation);
    }

    /// <summary>POST /prompt.</summary>
    /// <returns>The id under which the server has it, and what it says of nodes that it will not run; null where it runs all.</returns>
    /// <exception cref="ComfyUiException">No answer of use, or the server refuses the prompt.</exception>
    public async Task<(string PromptId, string? Error)> SubmitAsync(JsonObject request, CancellationToken cancellation)
    {
        using var answer = await RequestAsync(HttpMethod.Post, "/prompt", "", request, cancellation);
        if (answer?.RootElement.Field("prompt_id")?.Name() is { } id)
            return (id, RefusedPrompt.FirstNode(answer.RootElement));
        var reason = answer is null ? null : RefusedPrompt.Reason(answer.RootElement);
        throw new ComfyUiException(ComfyUiFailure.BadResponse, reason ?? $"{endpoint.Name} did not answer /prompt as a ComfyUI server does.");
    }

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
            return await SendAsync(HttpMethod.Get, "/view", query, null, timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw ComfyUiHttp.TimedOut(endpoint, e);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonDocument> GetAsync(string route, string query, CancellationToken cancellation) => (await RequestAsync(HttpMethod.Get, route, query, null, cancellation))!;

    /// <summary>The answer; null for an empty one to a POST.</summary>
    private async Task<JsonDocument?> RequestAsync(HttpMethod method, string route, string query, JsonObject? body, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(ComfyUiHttp.RequestTimeout);
        try
        {
            using var response = await SendAsync(method, route, query, body, timeout.Token);
            var answer = await ReadAsync(response.Content, route, timeout.Token);
            return body is not null && answer.IsEmpty ? null : LenientJson.Parse(answer);
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

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string route, string query, JsonObject? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, endpoint.UriOf(route, query));
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString())) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
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
        // A refused prompt says why in the answer.
        if (body is not null && response.StatusCode == HttpStatusCode.BadRequest)
            return response;
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
