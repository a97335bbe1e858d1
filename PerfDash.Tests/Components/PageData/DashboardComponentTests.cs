using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core;
using PerfDash.Core.Messaging;
using PerfDash.Core.Metrics;
using PerfDash.Core.Settings;
using PerfDash.Web.Live;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.PageData;

/// <summary>When a page loads its figures.</summary>
public sealed class DashboardComponentTests : PageContext
{
    [Fact]
    public async Task An_update_waits_for_the_load_under_way_instead_of_replacing_it()
    {
        var page = Render<SlowPage>(p => p.AddCascadingValue(new PageQuery(null, null)));
        var feed = Services.GetRequiredService<LiveFeed>();
        feed.Start();
        Services.GetRequiredService<LiveUpdates>().Publish(1);
        await Eventually.ThatAsync(() => Task.FromResult(feed.Since > DateTimeOffset.MinValue), "the update is raised");
        Assert.Single(page.Instance.Loads);

        await page.InvokeAsync(page.Instance.Loads[0].SetResult);
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Loader.LoadedAt is not null), "the load ends");

        // What was recorded meanwhile is not forgotten; and what has been loaded is shown, or a page that loads slower than jobs complete would never show anything.
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Loads.Count == 2), "the missed update is loaded");
        page.WaitForAssertion(() => Assert.Equal("loaded", page.Markup), Eventually.Limit);
    }

    [Fact]
    public async Task A_new_choice_replaces_the_load_under_way()
    {
        var page = Render<SlowPage>(p => p.AddCascadingValue(new PageQuery(null, null)));
        page.Render(p => p.Add(c => c.Word, "another"));
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Loads.Count == 2), "the new choice is loaded");
        Assert.True(page.Instance.Tokens[0].IsCancellationRequested);
        await page.InvokeAsync(page.Instance.Loads[1].SetResult);
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Loader.LoadedAt is not null), "the load ends");
    }

    [Fact]
    public async Task A_page_that_is_opened_waits_for_figures_with_the_newest_job_whatever_they_cost()
    {
        await OpenAsync("before the job", seconds: 5);
        Services.GetRequiredService<LiveUpdates>().Publish(1);
        var second = RenderSharing();
        await LoadsAsync(2);
        Assert.Equal(LoadState.Loading, second.Instance.Loader.State);
        Assert.Null(second.Instance.Shown);
        await AnswerAsync(1, "with the job", second);
    }

    [Fact]
    public async Task Pages_that_are_opened_at_the_same_moment_share_figures_until_a_job_is_recorded()
    {
        await OpenAsync("figures", seconds: 0.5);
        var second = RenderSharing();
        await ShowsAsync(second, "figures");
        Assert.Equal(Now, second.Instance.Loader.LoadedAt);
        Assert.Single(_loads);

        Services.GetRequiredService<LiveUpdates>().Publish(1);
        var third = RenderSharing();
        await LoadsAsync(2);
        Assert.Equal(LoadState.Loading, third.Instance.Loader.State);
        await AnswerAsync(1, "with the job", third);
    }

    [Fact]
    public async Task An_update_is_loaded_once_for_all_open_pages_whatever_it_costs()
    {
        Services.GetRequiredService<LiveFeed>().Start();
        var first = await OpenAsync("figures", seconds: 0.9);
        var second = RenderSharing();
        await ShowsAsync(second, "figures");

        Services.GetRequiredService<LiveUpdates>().Publish(1);

        await LoadsAsync(2);
        await AnswerAsync(1, "newer figures", first);
        await ShowsAsync(second, "newer figures");
        Assert.Equal(2, _loads.Count);
    }

    [Fact]
    public async Task A_change_of_settings_is_shown_at_once_also_in_a_range_that_has_ended()
    {
        var page = Render<SharingPage>(p => p.AddCascadingValue(new PageQuery("2026-11-01", "2026-11-05")).Add(c => c.Loads, _loads));
        await LoadsAsync(1);
        Time.Advance(TimeSpan.FromSeconds(30));
        await AnswerAsync(0, "at the old price", page);
        Services.GetRequiredService<SettingsUpdates>().Publish();
        await LoadsAsync(2);
        await AnswerAsync(1, "at the new price", page);
    }

    [Fact]
    public async Task A_change_of_settings_while_the_page_is_held_still_is_shown_afterwards()
    {
        var page = Render<SharingPage>(p => p.AddCascadingValue(new PageQuery("2026-11-01", "2026-11-05")).Add(c => c.Loads, _loads));
        await LoadsAsync(1);
        await AnswerAsync(0, "at the old price", page);
        var feed = Services.GetRequiredService<LiveFeed>();
        await feed.SetPausedAsync(true);
        Services.GetRequiredService<SettingsUpdates>().Publish();
        await page.InvokeAsync(() => { });
        Assert.Single(_loads);

        var going = feed.SetPausedAsync(false);
        await LoadsAsync(2);
        await AnswerAsync(1, "at the new price", page);
        await going;
    }

    [Fact]
    public async Task After_a_failure_the_page_says_of_which_range_and_when_its_figures_are()
    {
        var header = Render<CascadingValue<PageQuery>>(p => Frame(p, "now-24h"));
        var page = header.FindComponent<SharingPage>();
        await LoadsAsync(1);
        await AnswerAsync(0, "figures", page);
        header.Render(p => Frame(p, "now-7d"));
        await LoadsAsync(2);
        _loads[1].SetException(new Npgsql.NpgsqlException("Failed to connect", new IOException("refused")));
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Loader.Error is not null), "the failure is shown");
        var state = RenderState(page).Markup;
        Assert.Contains("The database cannot be reached.", state, StringComparison.Ordinal);
        Assert.Contains("Showing data from 12:00:00 UTC, of another range: Last 24 hours.", state, StringComparison.Ordinal);
        Assert.Equal("figures", page.Instance.Shown);

        var retried = page.InvokeAsync(page.Instance.LoadNowAsync);
        await LoadsAsync(3);
        await AnswerAsync(2, "newer", page);
        await retried;
        Assert.DoesNotContain("Showing data", RenderState(page).Markup, StringComparison.Ordinal);

        void Frame(ComponentParameterCollectionBuilder<CascadingValue<PageQuery>> frame, string from) =>
            frame.Add(c => c.Value, new PageQuery(from, null)).AddChildContent<SharingPage>(c => c.Add(s => s.Loads, _loads));
    }

    [Fact]
    public async Task Retry_takes_nothing_that_is_kept()
    {
        var page = await OpenAsync("figures", seconds: 5);
        var retried = page.InvokeAsync(page.Instance.LoadNowAsync);
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

    [Fact]
    public void A_shared_query_must_not_use_its_page() =>
        Assert.Throws<ArgumentException>(() => Render<CapturingPage>(p => p.AddCascadingValue(new PageQuery(null, null))));

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
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Shown == figures && page.Instance.Loader.LoadedAt is not null), $"the page shows {figures}");

    private Task LoadsAsync(int count) => Eventually.ThatAsync(() => Task.FromResult(_loads.Count == count), $"{count} loads were begun");

    private sealed class SharingPage : DashboardComponent
    {
        [Parameter]
        public required List<TaskCompletionSource<string>> Loads { get; set; }

        public string? Shown { get; private set; }

        protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken) => Shown = await Loader.SharedAsync(
            Loads,
            static (loads, _, _, _) =>
            {
                loads.Add(new(TaskCreationOptions.RunContinuationsAsynchronously));
                return loads[^1].Task;
            },
            filter,
            cancellationToken);
    }

    private sealed class CapturingPage : DashboardComponent
    {
        private readonly string _name = "mine";

        protected override Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken) =>
            Loader.SharedAsync("request", (_, _, _, _) => Task.FromResult(_name), filter, cancellationToken);
    }

    private sealed class SlowPage : DashboardComponent
    {
        [Parameter]
        public string? Word { get; set; }

        protected override object? Choice => Word;

        public List<TaskCompletionSource> Loads { get; } = [];

        public List<CancellationToken> Tokens { get; } = [];

        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder) => builder.AddContent(0, Loader.LoadedAt is null ? "waiting" : "loaded");

        protected override Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
        {
            Loads.Add(new(TaskCreationOptions.RunContinuationsAsynchronously));
            Tokens.Add(cancellationToken);
            return Loads[^1].Task.WaitAsync(cancellationToken);
        }
    }
}
