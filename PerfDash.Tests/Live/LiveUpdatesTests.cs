using Microsoft.Extensions.Time.Testing;
using PerfDash.Core.Messaging;

namespace PerfDash.Tests.Live;

public sealed class LiveUpdatesTests
{
    private readonly LiveUpdates _updates = new(new FakeTimeProvider());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_subscriber_finds_the_newest_state_only()
    {
        using var slow = _updates.Subscribe();
        for (var i = 0; i < 1000; i++)
            _updates.Publish(2);

        await using var states = slow.ReadAllAsync(Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await states.MoveNextAsync());
        Assert.Equal(2000, states.Current.Recorded);
        var next = states.MoveNextAsync();
        Assert.False(next.IsCompleted);
        _updates.Publish(1);
        Assert.True(await next);
        Assert.Equal(2001, states.Current.Recorded);
    }

    [Fact]
    public async Task Of_many_publishers_the_last_state_is_the_sum()
    {
        using var subscription = _updates.Subscribe();

        await Parallel.ForAsync(0, 2000, Cancel, (_, _) =>
        {
            _updates.Publish(1);
            return ValueTask.CompletedTask;
        });

        await using var states = subscription.ReadAllAsync(Cancel).GetAsyncEnumerator(Cancel);
        await states.MoveNextAsync();
        Assert.Equal(2000, _updates.Current.Recorded);
        Assert.Equal(2000, states.Current.Recorded);
    }

    [Fact]
    public async Task Disposal_ends_the_reading_and_leaves_no_subscriber()
    {
        var subscriptions = Enumerable.Range(0, 50).Select(_ => _updates.Subscribe()).ToList();
        Assert.Equal(50, _updates.SubscriberCount);
        var reading = ReadToEndAsync(subscriptions[0]);

        subscriptions.ForEach(s => s.Dispose());
        subscriptions[0].Dispose();
        _updates.Publish(1);

        Assert.Equal(0, await reading);
        Assert.Equal(0, _updates.SubscriberCount);
    }

    private static async Task<int> ReadToEndAsync(Subscription<LiveState> subscription)
    {
        var count = 0;
        await foreach (var _ in subscription.ReadAllAsync(Cancel))
            count++;
        return count;
    }
}
