using Microsoft.Extensions.Time.Testing;
using PerfDash.Core.Live;
using PerfDash.Web.Live;
using Xunit;

namespace PerfDash.Tests.Live;

/// <summary>Figures that several pages ask for.</summary>
public sealed class SharedFiguresTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LiveUpdates _live;
    private readonly SharedFigures _shared;
    private readonly List<(TaskCompletionSource<string> Answer, CancellationToken Ending)> _loads = [];

    public SharedFiguresTests()
    {
        _live = new LiveUpdates(_time);
        _shared = new SharedFigures(_live, _time);
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
    public async Task Kept_figures_are_given_to_who_accepts_them()
    {
        var first = Ask("a");
        await LoadsAsync(1);
        _time.Advance(TimeSpan.FromSeconds(2));
        Answer(0, "old");
        Assert.Equal(TimeSpan.FromSeconds(2), (await first).Took);
        Assert.Equal(_time.GetUtcNow().AddSeconds(20), (await first).NotBefore);

        Assert.Same(await first, await Ask("a", kept => kept.Took == TimeSpan.FromSeconds(2)));
        var anew = Ask("a");
        await LoadsAsync(2);
        Answer(1, "new");
        Assert.Equal("new", (await anew).Value);
        Assert.Equal("new", (await Ask("a", _ => true)).Value);
    }

    [Fact]
    public async Task A_job_recorded_while_figures_are_loaded_is_not_taken_to_be_in_them()
    {
        var asked = Ask("a");
        await LoadsAsync(1);
        var before = _live.Current;
        _live.Publish(1);
        Answer(0, "figures");
        Assert.Same(before, (await asked).Newest);
        Assert.NotSame(_live.Current, (await asked).Newest);
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

        var again = Ask("a", _ => true);
        await LoadsAsync(2);
        Answer(1, "there");
        Assert.Equal("there", (await again).Value);
    }

    [Fact]
    public async Task What_was_forgotten_is_asked_again()
    {
        var first = Ask("a");
        await LoadsAsync(1);
        Answer(0, "dear");
        await first;
        _shared.Forget();
        var again = Ask("a", _ => true);
        await LoadsAsync(2);
        Answer(1, "cheap");
        Assert.Equal("cheap", (await again).Value);
    }

    private Task<Figures<string>> Ask(string question, Func<Figures, bool>? accepts = null, CancellationTokenSource? stop = null) => _shared.GetAsync(
        question,
        accepts ?? (_ => false),
        ending =>
        {
            var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_loads)
                _loads.Add((answer, ending));
            return answer.Task;
        },
        stop?.Token ?? TestContext.Current.CancellationToken);

    private void Answer(int load, string value) => _loads[load].Answer.SetResult(value);

    private Task LoadsAsync(int count) => Support.Eventually.ThatAsync(
        () =>
        {
            lock (_loads)
                return Task.FromResult(_loads.Count == count);
        },
        $"{count} loads were begun");
}
