using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PerfDash.Core.Messaging;
using PerfDash.Web.Live;

namespace PerfDash.Tests.Live;

public sealed class LiveFeedTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly LiveUpdates _updates;
    private readonly RefreshClock _clock;
    private readonly LiveFeed _feed;
    private int _refreshes;

    public LiveFeedTests()
    {
        _updates = new LiveUpdates(_time);
        _clock = new RefreshClock(_time);
        _feed = new LiveFeed(_updates, _clock, _time, NullLogger<LiveFeed>.Instance);
        _feed.Refresh += CountAsync;
    }

    public async ValueTask InitializeAsync()
    {
        _feed.Start();
        await Eventually.ThatAsync(() => Task.FromResult(_updates.SubscriberCount == 1), "the feed listens");
    }

    public ValueTask DisposeAsync() => _feed.DisposeAsync();

    [Fact]
    public async Task A_page_is_refreshed_at_most_twice_a_second_and_sees_the_last_job()
    {
        for (var step = 0; step < 40; step++)
        {
            _updates.Publish(1);
            await LetRunAsync();
            _time.Advance(TimeSpan.FromMilliseconds(25));
        }

        await LetRunAsync();
        Assert.InRange(_refreshes, 3, 5);
        var before = _refreshes;
        _updates.Publish(1);
        await PassAsync(() => _refreshes > before);
    }

    [Fact]
    public async Task Circuits_refresh_at_the_same_moments_and_end_with_the_last_job()
    {
        await using var other = new LiveFeed(_updates, _clock, _time, NullLogger<LiveFeed>.Instance);
        var (own, others) = (new List<DateTimeOffset>(), new List<DateTimeOffset>());
        _feed.Refresh += () => Keep(own, _feed);
        other.Refresh += () => Keep(others, other);
        other.Start();
        await Eventually.ThatAsync(() => Task.FromResult(_updates.SubscriberCount == 2), "both listen");
        for (var step = 0; step < 60; step++)
        {
            _updates.Publish(1);
            await LetRunAsync();
            _time.Advance(TimeSpan.FromMilliseconds(40));
        }

        var last = _updates.Current.At!.Value;
        await PassAsync(() => own.LastOrDefault() >= last && others.LastOrDefault() >= last);
        Assert.InRange(own.Union(others).Count(), 4, 7);

        static Task Keep(List<DateTimeOffset> moments, LiveFeed feed)
        {
            moments.Add(feed.Since);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task While_the_browser_is_away_nothing_is_loaded_and_its_return_catches_up_once()
    {
        _updates.Publish(1);
        await PassAsync(() => _refreshes == 1);
        _feed.SetConnected(false);
        _updates.Publish(1);
        await PassAsync(() => _feed.HasMissedRefresh);
        Assert.Equal(1, _refreshes);

        _feed.SetConnected(true);
        await PassAsync(() => _refreshes == 2);
        _feed.SetConnected(false);
        _feed.SetConnected(true);
        Assert.Equal(2, _refreshes);
    }

    [Fact]
    public async Task While_paused_jobs_are_counted_and_letting_go_refreshes_once()
    {
        _updates.Publish(5);
        await PassAsync(() => _refreshes == 1);
        await _feed.SetPausedAsync(true);
        Assert.Equal(0, _feed.Missed);

        _updates.Publish(3);
        await PassAsync(() => _feed.Missed == 3);
        _updates.Publish(4);
        await PassAsync(() => _feed.Missed == 7);
        Assert.Equal(1, _refreshes);

        // One more is still on its way to the feed when the reader lets go: that refresh shows it too.
        _updates.Publish(1);
        await _feed.SetPausedAsync(false);
        Assert.Equal((2, 0L, false), (_refreshes, _feed.Missed, _feed.Paused));
        await PassAsync(() => false, rounds: 20);
        Assert.Equal(2, _refreshes);

        _updates.Publish(0);
        await PassAsync(() => _refreshes == 3);
    }

    [Fact]
    public async Task A_refresh_that_fails_does_not_end_the_feed()
    {
        var fail = true;
        _feed.Refresh += () => fail ? throw new InvalidOperationException("a broken page") : Task.CompletedTask;
        _updates.Publish(1);
        await PassAsync(() => _refreshes == 1);
        fail = false;
        _updates.Publish(1);

        await PassAsync(() => _refreshes == 2);
    }

    [Fact]
    public async Task A_closed_circuit_leaves_no_subscriber()
    {
        _updates.Publish(1);
        await _feed.DisposeAsync();

        Assert.Equal(0, _updates.SubscriberCount);
    }

    private Task CountAsync()
    {
        Interlocked.Increment(ref _refreshes);
        return Task.CompletedTask;
    }

    /// <summary>Moves the clock on until the condition holds, or for some rounds.</summary>
    private async Task PassAsync(Func<bool> condition, int rounds = 200)
    {
        for (var round = 0; round < rounds && !condition(); round++)
        {
            await LetRunAsync();
            _time.Advance(RefreshClock.Interval);
        }

        Assert.True(rounds < 200 || condition(), "what was waited for did not come");
    }

    private static Task LetRunAsync() => Task.Delay(5, TestContext.Current.CancellationToken);
}
