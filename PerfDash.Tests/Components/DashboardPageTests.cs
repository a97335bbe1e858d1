using Bunit;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core;
using PerfDash.Core.Live;
using PerfDash.Core.Metrics;
using PerfDash.Tests.Support;
using PerfDash.Web.Layout;
using PerfDash.Web.Live;
using Xunit;

namespace PerfDash.Tests.Components;

/// <summary>When a page loads its figures.</summary>
public sealed class DashboardPageTests : PageContext
{
    [Fact]
    public async Task An_update_waits_for_the_load_under_way_instead_of_replacing_it()
    {
        var page = Render<SlowPage>(p => p.AddCascadingValue(new PageQuery(null, null)));
        var feed = Services.GetRequiredService<LiveFeed>();
        feed.Start();
        var raised = 0;
        feed.Refresh += () =>
        {
            raised++;
            return Task.CompletedTask;
        };
        Services.GetRequiredService<LiveUpdates>().Publish(1);
        await Eventually.ThatAsync(() => Task.FromResult(raised == 1), "the update is raised");
        Assert.Single(page.Instance.Loads);

        await page.InvokeAsync(page.Instance.Loads[0].SetResult);
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.LoadedAt is not null), "the load ends");
        Assert.Single(page.Instance.Loads);

        // What was recorded meanwhile is not forgotten.
        await InTimeAsync(() => page.Instance.Loads.Count == 2, "the missed update is loaded");
    }

    [Fact]
    public async Task A_new_choice_replaces_the_load_under_way()
    {
        var page = Render<SlowPage>(p => p.AddCascadingValue(new PageQuery(null, null)));
        page.Render(p => p.Add(c => c.Word, "another"));
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Loads.Count == 2), "the new choice is loaded");
        Assert.True(page.Instance.Tokens[0].IsCancellationRequested);
        await page.InvokeAsync(page.Instance.Loads[1].SetResult);
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.LoadedAt is not null), "the load ends");
    }

    [Fact]
    public async Task A_page_shows_at_once_what_another_still_shows_and_follows_when_that_may_be_loaded_again()
    {
        var first = await OpenAsync("figures", seconds: 0.5);

        // A load of half a second may be repeated five seconds after it.
        Time.Advance(TimeSpan.FromSeconds(4));
        Services.GetRequiredService<LiveUpdates>().Publish(1);
        var second = RenderSharing();
        await ShowsAsync(second, "figures");
        Assert.Equal(first.Instance.LoadedAt, second.Instance.LoadedAt);
        Assert.False(second.Instance.IsUpdating);
        Assert.Single(_loads);

        await InTimeAsync(() => _loads.Count == 2, "it is loaded again");
        await AnswerAsync(1, "newer figures", second);
    }

    [Fact]
    public async Task Old_figures_that_took_long_are_shown_until_the_new_ones_have_come()
    {
        await OpenAsync("yesterday's", seconds: 3);
        Time.Advance(TimeSpan.FromHours(9));

        var second = RenderSharing();
        await ShowsAsync(second, "yesterday's");
        Assert.True(second.Instance.IsUpdating);
        Assert.Contains("Figures of 12:00:00 UTC", RenderState(second).Markup, StringComparison.Ordinal);
        Assert.Single(_loads);

        // The browser draws them first.
        await InTimeAsync(() => _loads.Count == 2, "newer figures are asked for");
        var asked = Time.GetUtcNow();
        await AnswerAsync(1, "today's", second);
        Assert.False(second.Instance.IsUpdating);
        Assert.DoesNotContain("Figures of", RenderState(second).Markup, StringComparison.Ordinal);
        Assert.InRange(second.Instance.LoadedAt!.Value, Now.AddSeconds(4).AddHours(9), asked);
    }

    [Fact]
    public async Task Figures_that_are_had_at_once_are_asked_for_anew()
    {
        await OpenAsync("figures", seconds: 0);
        var second = RenderSharing();
        await LoadsAsync(2);
        await AnswerAsync(1, "newer", second);
    }

    [Fact]
    public async Task Retry_takes_nothing_that_is_kept()
    {
        var page = await OpenAsync("figures", seconds: 5);
        var retried = page.InvokeAsync(page.Instance.RetryAsync);
        await LoadsAsync(2);
        await AnswerAsync(1, "newer", page);
        await retried;
    }

    [Fact]
    public async Task A_page_that_is_held_still_does_not_follow()
    {
        var page = RenderSharing();
        await LoadsAsync(1);
        Time.Advance(TimeSpan.FromSeconds(1));
        Services.GetRequiredService<LiveUpdates>().Publish(1);
        await AnswerAsync(0, "figures", page);
        var feed = Services.GetRequiredService<LiveFeed>();
        await feed.SetPausedAsync(true);
        Time.Advance(TimeSpan.FromHours(1));
        await page.InvokeAsync(() => { });
        Assert.Single(_loads);

        var going = feed.SetPausedAsync(false);
        await LoadsAsync(2);
        await AnswerAsync(1, "newer", page);
        await going;
    }

    private readonly List<TaskCompletionSource<string>> _loads = [];

    private IRenderedComponent<SharingPage> RenderSharing() => Render<SharingPage>(p => p.AddCascadingValue(new PageQuery("now-24h", null)).Add(c => c.Loads, _loads));

    private IRenderedComponent<PageState> RenderState(IRenderedComponent<SharingPage> page) => Render<PageState>(p => p.Add(c => c.Page, page.Instance));

    /// <summary>The first page, whose load takes so long.</summary>
    private async Task<IRenderedComponent<SharingPage>> OpenAsync(string figures, double seconds)
    {
        var page = RenderSharing();
        await LoadsAsync(1);
        Time.Advance(TimeSpan.FromSeconds(seconds));
        await AnswerAsync(0, figures, page);
        return page;
    }

    private async Task AnswerAsync(int load, string figures, IRenderedComponent<SharingPage> page)
    {
        _loads[load].SetResult(figures);
        await ShowsAsync(page, figures);
    }

    private static async Task ShowsAsync(IRenderedComponent<SharingPage> page, string figures) =>
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Shown == figures && page.Instance.LoadedAt is not null), $"the page shows {figures}");

    // Second by second: a page that has just shown its figures may not have set its clock yet.
    private Task InTimeAsync(Func<bool> condition, string what) => Eventually.ThatAsync(
        () =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(condition());
        },
        what);

    private Task LoadsAsync(int count) => Eventually.ThatAsync(() => Task.FromResult(_loads.Count == count), $"{count} loads were begun");

    private sealed class SharingPage : DashboardPage
    {
        [Microsoft.AspNetCore.Components.Parameter]
        public required List<TaskCompletionSource<string>> Loads { get; set; }

        public string? Shown { get; private set; }

        protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
        {
            var loads = Loads;
            Shown = await SharedAsync(
                null,
                _ =>
                {
                    loads.Add(new(TaskCreationOptions.RunContinuationsAsynchronously));
                    return loads[^1].Task;
                },
                cancellationToken);
        }
    }

    private sealed class SlowPage : DashboardPage
    {
        [Microsoft.AspNetCore.Components.Parameter]
        public string? Word { get; set; }

        protected override object? Choice => Word;

        public List<TaskCompletionSource> Loads { get; } = [];

        public List<CancellationToken> Tokens { get; } = [];

        protected override Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
        {
            Loads.Add(new(TaskCreationOptions.RunContinuationsAsynchronously));
            Tokens.Add(cancellationToken);
            return Loads[^1].Task.WaitAsync(cancellationToken);
        }
    }
}
