using Microsoft.Extensions.Time.Testing;
using PerfDash.Core.Messaging;
using PerfDash.Web.Live;

namespace PerfDash.Tests.Live;

public sealed class QuietRefreshTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Open_pages_are_refreshed_every_minute_in_which_nothing_was_recorded()
    {
        var updates = new LiveUpdates(_time);
        using var refresh = new QuietRefresh(updates, _time);
        await refresh.StartAsync(TestContext.Current.CancellationToken);
        var first = updates.Current;
        await Eventually.ThatAsync(() => Advance(updates, first), "the first quiet minute");
        var second = updates.Current;
        await Eventually.ThatAsync(() => Advance(updates, second), "the next one");
        Assert.Equal(0, updates.Current.Recorded);
        await refresh.StopAsync(TestContext.Current.CancellationToken);
    }

    private Task<bool> Advance(LiveUpdates updates, LiveState before)
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        return Task.FromResult(!ReferenceEquals(updates.Current, before));
    }
}
