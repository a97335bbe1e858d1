using System.Threading.Channels;

namespace PerfDash.Core.Notifications;

/// <summary>The bell that says that deliveries were stored: in this process after the commit, by NOTIFY in the others.</summary>
public sealed class DeliverySignal
{
    /// <summary>Channel of the NOTIFY that other instances hear.</summary>
    public const string NotifyChannel = "perfdash_deliveries";

    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Raised with every ring, for pages that show notifications. Handlers must be quick and must not throw.</summary>
    public event Action? Rang;

    /// <summary>Rings. Call it after the commit of what was stored.</summary>
    public void Wake()
    {
        LookAgain();
        Rang?.Invoke();
    }

    /// <summary>Rings for this instance's own sending alone: there is nothing new to show.</summary>
    internal void LookAgain() => _bell.Writer.TryWrite(true);

    /// <summary>Returns when somebody rang, or after <paramref name="atMost"/>.</summary>
    internal async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        try
        {
            await _bell.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody rang: time to look anyway.
        }
    }
}
