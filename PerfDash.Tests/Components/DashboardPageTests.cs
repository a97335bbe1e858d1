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
        Time.Advance(TimeSpan.FromHours(1));
        await Eventually.ThatAsync(() => Task.FromResult(page.Instance.Loads.Count == 2), "the missed update is loaded");
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
