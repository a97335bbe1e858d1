using System.Collections.Concurrent;
using System.Threading.Channels;

namespace PerfDash.Core.Live;

/// <summary>
/// Tells open pages, in this process, that metrics were recorded. It carries counts, not data: whoever is told asks
/// the database. A subscriber that is slow finds the newest state, never a backlog, and never holds up a publisher.
/// </summary>
public sealed class LiveUpdates(TimeProvider time)
{
    private readonly ConcurrentDictionary<LiveSubscription, bool> _subscriptions = new();
    private readonly Lock _publishing = new();

    /// <summary>Names this process to the others on the same database.</summary>
    public static string InstanceId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The newest state.</summary>
    public LiveState Current { get; private set; } = new(0, null);

    /// <summary>Open subscriptions.</summary>
    public int SubscriberCount => _subscriptions.Count;

    /// <summary>Says that <paramref name="recorded"/> metrics were recorded (0: an unknown number, by another instance).</summary>
    public void Publish(int recorded)
    {
        // One at a time, or the older of two states could be the one that stays. Offering never waits.
        lock (_publishing)
        {
            Current = new LiveState(Current.Recorded + recorded, time.GetUtcNow());
            foreach (var (subscription, _) in _subscriptions)
                subscription.Offer(Current);
        }
    }

    /// <summary>Starts listening; dispose it to stop.</summary>
    public LiveSubscription Subscribe()
    {
        var subscription = new LiveSubscription(this);
        _subscriptions.TryAdd(subscription, true);
        return subscription;
    }

    internal void Remove(LiveSubscription subscription) => _subscriptions.TryRemove(subscription, out _);
}

/// <summary>The newest state of recording.</summary>
/// <param name="Recorded">Metrics recorded by this process since it started.</param>
/// <param name="At">When the newest was recorded; null before the first.</param>
public sealed record LiveState(long Recorded, DateTimeOffset? At);

/// <summary>One subscriber of <see cref="LiveUpdates"/>.</summary>
public sealed class LiveSubscription : IDisposable
{
    private readonly LiveUpdates _updates;

    private readonly Channel<LiveState> _channel = Channel.CreateBounded<LiveState>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    internal LiveSubscription(LiveUpdates updates) => _updates = updates;

    /// <summary>States as they come, the newest only; ends when the subscription is disposed.</summary>
    public IAsyncEnumerable<LiveState> ReadAllAsync(CancellationToken cancellationToken) => _channel.Reader.ReadAllAsync(cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        _updates.Remove(this);
        _channel.Writer.TryComplete();
    }

    internal void Offer(LiveState state) => _channel.Writer.TryWrite(state);
}
