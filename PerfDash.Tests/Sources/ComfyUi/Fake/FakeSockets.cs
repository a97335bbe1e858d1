using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace PerfDash.Tests.Sources.ComfyUi.Fake;

/// <summary>The sockets of the fake, by client id, with the server's own trap: the clean-up after a socket also forgets a newer one of the same id.</summary>
internal sealed class FakeSockets
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Connection> _registered = new(StringComparer.Ordinal);
    private readonly List<Connection> _open = [];
    private readonly List<string> _clientIds = [];

    public int OpenCount
    {
        get
        {
            lock (_lock)
                return _open.Count;
        }
    }

    /// <summary>The client ids of all connections so far, in their order.</summary>
    public IReadOnlyList<string> ClientIds
    {
        get
        {
            lock (_lock)
                return [.. _clientIds];
        }
    }

    /// <summary>Serves one socket until either side ends it.</summary>
    public async Task ServeAsync(HttpContext context, string clientId, Func<JsonObject> firstFrame)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var connection = new Connection(context);
        lock (_lock)
        {
            _clientIds.Add(clientId);
            _registered[clientId] = connection;
            _open.Add(connection);
            connection.Outgoing.Writer.TryWrite(new Outgoing(Text(firstFrame()), WebSocketMessageType.Text));
        }
        var sending = SendAsync(socket, connection);
        try
        {
            var buffer = new byte[1024];
            while ((await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted)).MessageType != WebSocketMessageType.Close)
            {
                // Nothing that a watcher sends has an answer here.
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // The other side left, or the test dropped the connection.
        }
        lock (_lock)
        {
            _registered.Remove(clientId);
            _open.Remove(connection);
        }
        connection.Outgoing.Writer.TryComplete();
        await sending;
    }

    /// <param name="clientId">Whose socket gets it; null: all sockets that are registered.</param>
    public void Send(JsonObject frame, string? clientId = null) => Send(Text(frame), WebSocketMessageType.Text, clientId);

    public void Send(byte[] frame, WebSocketMessageType type, string? clientId = null)
    {
        lock (_lock)
        {
            foreach (var (id, connection) in _registered)
            {
                if (clientId is null || id == clientId)
                    connection.Outgoing.Writer.TryWrite(new Outgoing(frame, type));
            }
        }
    }

    /// <summary>Ends all sockets with a close frame, after what was sent before.</summary>
    public void Close()
    {
        lock (_lock)
        {
            foreach (var connection in _open)
                connection.Outgoing.Writer.TryWrite(new Outgoing([], WebSocketMessageType.Close));
        }
    }

    /// <summary>Ends all connections without a close frame.</summary>
    public void Drop()
    {
        lock (_lock)
        {
            foreach (var connection in _open)
                connection.Context.Abort();
        }
    }

    private static byte[] Text(JsonObject frame) => Encoding.UTF8.GetBytes(RawNumbers.Write(frame));

    private static async Task SendAsync(WebSocket socket, Connection connection)
    {
        try
        {
            await foreach (var frame in connection.Outgoing.Reader.ReadAllAsync())
            {
                if (frame.Type == WebSocketMessageType.Close)
                    await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, CancellationToken.None);
                else
                    await socket.SendAsync(frame.Bytes, frame.Type, true, CancellationToken.None);
            }
            if (socket.State == WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Gone; the reading side of the socket cleans up.
        }
    }

    private sealed class Connection(HttpContext context)
    {
        public HttpContext Context => context;

        public Channel<Outgoing> Outgoing { get; } = Channel.CreateUnbounded<Outgoing>();
    }

    private sealed record Outgoing(byte[] Bytes, WebSocketMessageType Type);
}
