using System.Threading.Channels;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>Signals that deliveries were stored: in this process after the commit, by NOTIFY in the others.</summary>
public sealed class DeliverySignal
{
    /// <summary>Channel of the NOTIFY that other instances hear.</summary>
    public const string NotifyChannel = "perfdash_deliveries";

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Raised with every <see cref="Notify"/>, for pages that show notifications. Handlers must be quick and must not throw.</summary>
    public event Action? Signaled;

    /// <summary>Wakes the sender and notifies pages. Call it after the commit of what was stored.</summary>
    public void Notify()
    {
        Wake();
        Signaled?.Invoke();
    }

    /// <summary>Wakes this instance's sender alone: there is nothing new to show.</summary>
    internal void Wake() => _signal.Writer.TryWrite(true);

    /// <summary>Returns after a signal, or after <paramref name="atMost"/>.</summary>
    internal async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        try
        {
            await _signal.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // No signal: what is due is dispatched anyway.
        }
    }
}
