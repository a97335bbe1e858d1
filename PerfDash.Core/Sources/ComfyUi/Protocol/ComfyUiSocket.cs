using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>The WebSocket to one ComfyUI server. For one reader; after it has ended, connect with a new one.</summary>
internal sealed class ComfyUiSocket : IAsyncDisposable
{
    private const int MaxFrameBytes = 4 * 1024 * 1024;
    private const int FirstBufferBytes = 16 * 1024;

    // A buffer grown by one large frame is given back when it is larger than this.
    private const int KeptBufferBytes = 256 * 1024;

    // The server sends no pings: without its pong the connection counts as broken.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly ComfyUiEndpoint _endpoint;
    private readonly ClientWebSocket _socket;
    private readonly HttpMessageInvoker _invoker;
    private readonly TimeProvider _time;
    private byte[] _buffer = new byte[FirstBufferBytes];
    private long _skippedFrames;

    private ComfyUiSocket(ComfyUiEndpoint endpoint, TimeProvider time)
    {
        _endpoint = endpoint;
        _time = time;
        // A fresh one each time: the server's clean-up after the old socket of an id also removes the new one.
        ClientId = Guid.NewGuid().ToString("N");
        _invoker = new HttpMessageInvoker(ComfyUiHttp.CreateHandler(endpoint));
        _socket = new ClientWebSocket();
        _socket.Options.KeepAliveInterval = KeepAlive;
        _socket.Options.KeepAliveTimeout = KeepAlive;
        _socket.Options.CollectHttpResponseDetails = true;
        foreach (var (name, value) in endpoint.Headers)
            _socket.Options.SetRequestHeader(name, value);
    }

    /// <summary>The id that the server knows this socket by: prompts submitted with it send it all their frames.</summary>
    public string ClientId { get; }

    /// <summary>Text frames that were too large or no JSON object.</summary>
    public long SkippedFrames => Interlocked.Read(ref _skippedFrames);

    /// <exception cref="ComfyUiException">No connection, or no WebSocket at that address.</exception>
    public static async Task<ComfyUiSocket> ConnectAsync(ComfyUiEndpoint endpoint, TimeProvider? time, CancellationToken cancellation)
    {
        var socket = new ComfyUiSocket(endpoint, time ?? TimeProvider.System);
        try
        {
            await socket.ConnectAsync(cancellation);
            return socket;
        }
        catch
        {
            await socket.DisposeAsync();
            throw;
        }
    }

    /// <summary>The frames of interest as they arrive. Ends when the server closes the socket.</summary>
    /// <exception cref="ComfyUiException">The connection broke, or no pong came in time.</exception>
    public async IAsyncEnumerable<ComfyUiFrame> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (await ReceiveTextAsync(cancellation) is { } text)
        {
            if (Parse(text) is { } frame)
                yield return frame;
            if (_buffer.Length > KeptBufferBytes)
                _buffer = new byte[FirstBufferBytes];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            try
            {
                using var timeout = new CancellationTokenSource(CloseTimeout);
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
            {
                // The connection is gone already, which is what was wanted.
            }
        }
        _socket.Dispose();
        _invoker.Dispose();
    }

    private async Task ConnectAsync(CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(ComfyUiHttp.RequestTimeout);
        try
        {
            await _socket.ConnectAsync(_endpoint.SocketUriOf(ClientId), _invoker, timeout.Token);
            _socket.HttpResponseHeaders = null;
        }
        catch (WebSocketException e)
        {
            throw _socket.HttpStatusCode switch
            {
                0 => ComfyUiHttp.Unreachable(_endpoint, e),
                // 200 to a handshake: a web server that knows nothing of WebSockets.
                var status => ComfyUiHttp.FailureOf(_endpoint, "/ws", status)
                    ?? new ComfyUiException(ComfyUiFailure.BadResponse, $"{_endpoint.Name} opens no WebSocket at /ws.", e),
            };
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw ComfyUiHttp.TimedOut(_endpoint, e);
        }
    }

    /// <summary>The next text frame that was kept; null: the server closed the socket.</summary>
    private async Task<Memory<byte>?> ReceiveTextAsync(CancellationToken cancellation)
    {
        var length = 0;
        var tooLarge = false;
        while (true)
        {
            if (length == _buffer.Length)
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, MaxFrameBytes + 1));
            var received = await ReceiveAsync(_buffer.AsMemory(length), cancellation);
            if (received.MessageType == WebSocketMessageType.Close)
                return null;
            if (received.MessageType == WebSocketMessageType.Text)
                length += received.Count;
            // Neither previews nor the rest of a frame that is too large are kept: the next part overwrites them.
            if (length > MaxFrameBytes)
            {
                tooLarge = true;
                length = 0;
            }
            if (!received.EndOfMessage)
                continue;
            if (received.MessageType == WebSocketMessageType.Text && !tooLarge)
                return _buffer.AsMemory(0, length);
            if (tooLarge)
                Interlocked.Increment(ref _skippedFrames);
            (length, tooLarge) = (0, false);
        }
    }

    private async Task<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            throw ComfyUiHttp.Unreachable(_endpoint, e);
        }
        catch (Exception e) when (cancellation.IsCancellationRequested && e is not OperationCanceledException)
        {
            // Cancelling aborts the socket, which can be seen as a broken connection first.
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
    }

    private ComfyUiFrame? Parse(Memory<byte> text)
    {
        try
        {
            using var document = LenientJson.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return ComfyUiFrame.Parse(document.RootElement, _time.GetUtcNow());
        }
        catch (JsonException)
        {
            // Counted below: one bad frame is no reason to lose the following ones.
        }
        Interlocked.Increment(ref _skippedFrames);
        return null;
    }
}
