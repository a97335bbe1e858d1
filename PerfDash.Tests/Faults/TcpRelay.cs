using System.Net;
using System.Net.Sockets;

namespace PerfDash.Tests.Faults;

/// <summary>
/// Stands between a program and its PostgreSQL: an address that stays while the server behind it changes, and a link that
/// can go dead without a word.
/// </summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _accepting;
    private TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pieces;

    public TcpRelay(int target)
    {
        Target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The port new connections lead to.</summary>
    public int Target { get; set; }

    /// <summary>While true every new connection is closed at once, as by a server that is not there yet.</summary>
    public bool Refusing { get; set; }

    /// <summary>Pieces forwarded so far, in both directions.</summary>
    public int Pieces => _pieces;

    /// <summary>Once so many pieces were forwarded, all connections of that moment are cut; later ones are not. 0: never.</summary>
    public int CutAfterPieces { get; set; }

    /// <summary>While true nothing is forwarded and nothing closed, as behind a firewall that lost its table.</summary>
    public bool Silent { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = RelayAsync(await _listener.AcceptTcpClientAsync(_stopped.Token));
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                if (Refusing)
                    return;
                await server.ConnectAsync(IPAddress.Loopback, Target, _stopped.Token);
                await Task.WhenAny(CopyAsync(client.GetStream(), server.GetStream()), CopyAsync(server.GetStream(), client.GetStream()), _cut.Task);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Nobody there: the client sees its connection closed.
            }
        }
    }

    private void Cut() => Interlocked.Exchange(ref _cut, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, _stopped.Token) is var read and > 0)
            {
                while (Silent)
                    await Task.Delay(20, _stopped.Token);
                if (Interlocked.Increment(ref _pieces) == CutAfterPieces)
                    Cut();
                await to.WriteAsync(buffer.AsMemory(0, read), _stopped.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end is gone, and with it the connection.
        }
    }
}
