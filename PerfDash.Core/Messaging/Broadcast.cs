using System.Collections.Concurrent;
using System.Threading.Channels;

namespace PerfDash.Core.Messaging;

/// <summary>Publishes to subscribers in this process. A slow subscriber finds the newest value, never a backlog, and never holds up a publisher.</summary>
public class Broadcast<T>
{
    private readonly ConcurrentDictionary<Subscription<T>, bool> _subscriptions = new();

    /// <summary>Open subscriptions.</summary>
    public int SubscriberCount => _subscriptions.Count;

    /// <summary>Starts listening; dispose it to stop.</summary>
    public Subscription<T> Subscribe()
    {
        var subscription = new Subscription<T>(this);
        _subscriptions.TryAdd(subscription, true);
        return subscription;
    }

    /// <summary>Offers a value to every subscriber.</summary>
    protected void Publish(T value)
    {
        foreach (var (subscription, _) in _subscriptions)
            subscription.Offer(value);
    }

    internal void Remove(Subscription<T> subscription) => _subscriptions.TryRemove(subscription, out _);
}

/// <summary>One subscriber of a <see cref="Broadcast{T}"/>.</summary>
public sealed class Subscription<T> : IDisposable
{
    private readonly Broadcast<T> _broadcast;
    private readonly Channel<T> _channel = Channel.CreateBounded<T>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    internal Subscription(Broadcast<T> broadcast) => _broadcast = broadcast;

    /// <summary>Values as they come, of several the newest only; ends when the subscription is disposed.</summary>
    public IAsyncEnumerable<T> ReadAllAsync(CancellationToken cancellationToken) => _channel.Reader.ReadAllAsync(cancellationToken);

    public void Dispose()
    {
        _broadcast.Remove(this);
        _channel.Writer.TryComplete();
    }

    internal void Offer(T value) => _channel.Writer.TryWrite(value);
}
