using System.Collections.Concurrent;
using System.Threading.Channels;

namespace PerfDash.Core.Alerts;

/// <summary>
/// Tells open pages, in this process, that incidents or rules changed, here or in another instance. It carries no data:
/// subscribers read the database. A slow subscriber is informed once, and never blocks a publisher.
/// </summary>
public sealed class AlertUpdates
{
    /// <summary>NOTIFY channel that tells the other instances; the payload names the one that speaks.</summary>
    public const string NotifyChannel = "perfdash_alerts_changed";

    private readonly ConcurrentDictionary<AlertSubscription, bool> _subscriptions = new();

    /// <summary>Says that incidents or rules changed. Call it after the commit.</summary>
    public void Publish()
    {
        foreach (var (subscription, _) in _subscriptions)
            subscription.Notify();
    }

    /// <summary>Starts listening; dispose it to stop.</summary>
    public AlertSubscription Subscribe()
    {
        var subscription = new AlertSubscription(this);
        _subscriptions.TryAdd(subscription, true);
        return subscription;
    }

    internal void Remove(AlertSubscription subscription) => _subscriptions.TryRemove(subscription, out _);
}

/// <summary>One subscriber of <see cref="AlertUpdates"/>.</summary>
public sealed class AlertSubscription : IDisposable
{
    private readonly AlertUpdates _updates;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    internal AlertSubscription(AlertUpdates updates) => _updates = updates;

    /// <summary>An element each time incidents changed since the last one; ends when the subscription is disposed.</summary>
    public IAsyncEnumerable<bool> ReadAllAsync(CancellationToken cancellationToken) => _signal.Reader.ReadAllAsync(cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        _updates.Remove(this);
        _signal.Writer.TryComplete();
    }

    internal void Notify() => _signal.Writer.TryWrite(true);
}
