using Microsoft.Extensions.Time.Testing;
using PerfDash.Core.Messaging;
using PerfDash.Core.Settings;
using PerfDash.Web.Live;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.PageData;

/// <summary>Queries that several pages ask.</summary>
public sealed class SharedQueryCacheTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SettingsUpdates _settings = new();
    private readonly LiveUpdates _live;
    private readonly SharedQueryCache _shared;
    private readonly List<(TaskCompletionSource<string> Answer, CancellationToken Ending)> _loads = [];

    public SharedQueryCacheTests()
    {
        _live = new LiveUpdates(_time);
        _shared = new SharedQueryCache(_live, _settings, _time);
    }

    public void Dispose() => _shared.Dispose();

    [Fact]
    public async Task Who_asks_while_the_figures_are_loaded_waits_for_that_load()
    {
        var (one, other) = (Ask("a"), Ask("a"));
        var different = Ask("b");
        await LoadsAsync(2);
        Answer(0, "first");
        Answer(1, "second");
        Assert.Same(await one, await other);
        Assert.Equal(["first", "second"], new[] { (await one).Value, (await different).Value }.Order());
    }

    [Fact]
    public async Task Who_asks_a_moment_later_is_given_the_same()
    {
        var first = Ask("a");
        await LoadsAsync(1);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Answer(0, "figures");
        Assert.Equal(_time.GetUtcNow().AddSeconds(-0.9), (await first).At);

        Assert.Same(await first, await Ask("a"));
        var second = Ask("a", bypassCache: true);
        await LoadsAsync(2);
        Answer(1, "newer");
        Assert.Equal("newer", (await second).Value);
        Assert.Equal("newer", (await Ask("a")).Value);

        // Any program may have written to the database meanwhile.
        _time.Advance(SharedQueryCache.MaxAge);
        var later = Ask("a");
        await LoadsAsync(3);
        Answer(2, "newest");
        Assert.Equal("newest", (await later).Value);
    }

    [Fact]
    public async Task A_job_recorded_while_figures_are_loaded_is_not_taken_to_be_in_them()
    {
        var asked = Ask("a");
        await LoadsAsync(1);
        _live.Publish(1);
        var later = Ask("a");
        await LoadsAsync(2);
        Answer(0, "without the job");
        Answer(1, "with it");
        Assert.Equal(("without the job", "with it"), ((await asked).Value, (await later).Value));
        Assert.Same(await later, await Ask("a"));
    }

    [Fact]
    public async Task Pages_that_refresh_together_share_a_load_although_jobs_are_recorded()
    {
        var refresh = _time.GetUtcNow();
        var one = Ask("a", since: refresh);
        await LoadsAsync(1);
        _live.Publish(1);
        var other = Ask("a", since: refresh);
        Answer(0, "figures");
        Assert.Same(await one, await other);
        Assert.Same(await one, await Ask("a", since: refresh));

        // Who opens a page is to see the job, and the next refresh is another moment.
        var opened = Ask("a");
        await LoadsAsync(2);
        Answer(1, "with the job");
        Assert.Equal("with the job", (await opened).Value);
        _time.Advance(RefreshClock.Interval);
        _live.Publish(1);
        var next = Ask("a", since: _time.GetUtcNow());
        await LoadsAsync(3);
        Answer(2, "with both");
        Assert.Equal("with both", (await next).Value);
    }

    [Fact]
    public async Task A_load_ends_when_nobody_waits_for_it_any_more()
    {
        using var one = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        var (first, second) = (Ask("a", stop: one), Ask("a", stop: other));
        await LoadsAsync(1);
        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(_loads[0].Ending.IsCancellationRequested);

        await other.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.True(_loads[0].Ending.IsCancellationRequested);

        // Who comes then is not given the one that was ended.
        var third = Ask("a");
        await LoadsAsync(2);
        Answer(1, "figures");
        Assert.Equal("figures", (await third).Value);
    }

    [Fact]
    public async Task What_failed_is_asked_again()
    {
        var (one, other) = (Ask("a"), Ask("a"));
        await LoadsAsync(1);
        _loads[0].Answer.SetException(new InvalidOperationException("away"));
        Assert.Equal("away", (await Assert.ThrowsAsync<InvalidOperationException>(() => one)).Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => other);

        var again = Ask("a");
        await LoadsAsync(2);
        Answer(1, "there");
        Assert.Equal("there", (await again).Value);
    }

    [Fact]
    public async Task A_change_of_settings_clears_what_is_kept_and_parts_from_what_is_under_way()
    {
        var cleared = 0;
        _shared.Cleared += () => cleared++;
        var first = Ask("a");
        await LoadsAsync(1);
        Answer(0, "old price");
        await first;
        var underWay = Ask("b");
        await LoadsAsync(2);

        _settings.Publish();
        Assert.Equal(1, cleared);
        var again = Ask("a");
        var joined = Ask("b");
        await LoadsAsync(4);
        Answer(1, "old name");
        Assert.Equal("old name", (await underWay).Value);
        lock (_loads)
            _loads[2..].ForEach(l => l.Answer.SetResult("new"));
        Assert.Equal(["new", "new"], new[] { (await again).Value, (await joined).Value });
        // What began before the change is not kept.
        Assert.Equal("new", (await Ask("b")).Value);
    }

    private Task<CachedResult<string>> Ask(string question, CancellationTokenSource? stop = null, bool bypassCache = false, DateTimeOffset? since = null) => _shared.GetAsync(
        question,
        ending =>
        {
            var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_loads)
                _loads.Add((answer, ending));
            return answer.Task;
        },
        stop?.Token ?? TestContext.Current.CancellationToken,
        bypassCache,
        since);

    private void Answer(int load, string value) => _loads[load].Answer.SetResult(value);

    private Task LoadsAsync(int count) => Support.Eventually.ThatAsync(
        () =>
        {
            lock (_loads)
                return Task.FromResult(_loads.Count == count);
        },
        $"{count} loads were begun");
}
