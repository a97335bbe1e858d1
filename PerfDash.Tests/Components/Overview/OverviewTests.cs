using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Metrics;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Core.Overview;
using PerfDash.Core.Workflows;
using PerfDash.Web.Features.Alerts.Incidents;
using PerfDash.Web.Features.Alerts.Thresholds;
using PerfDash.Web.Features.Overview;
using PerfDash.Web.PageData;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Components.Overview;

/// <summary>What the overview makes of its figures, and its states.</summary>
public sealed class OverviewTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    private static ThroughputPoint Point(int day, double? average, long jobs) =>
        new() { BucketStart = new(2026, 11, day, 0, 0, 0, DateTimeKind.Utc), JobCount = jobs, AvgTimePerFrameMs = average };

    private static OverviewData Data(IReadOnlyList<ThroughputPoint> points, IReadOnlyList<ThroughputPoint> previous, MetricSummary? before = null, int daysBefore = 30)
    {
        var range = new TimeRange(Now.AddDays(-2), Now);
        var summary = new MetricSummary { JobCount = points.Sum(p => p.JobCount) };
        var overview = new FarmOverview { Range = range, Summary = summary, TopWorkflows = [], BottomWorkflows = [], RankedWorkflowCount = 0 };
        return new(range, Bucket.Day, new OverviewSums(range, summary, before ?? new(), new PeriodCoverage(30, daysBefore), IsFarmEmpty: false), overview, points, previous);
    }

    [Fact]
    public void The_last_bucket_is_unfinished_and_a_cut_first_one_only_where_jobs_are_counted()
    {
        // Noon to noon: the 22nd is cut by the range, the 24th not over yet.
        var charts = OverviewCharts.From(Data([Point(22, 10, 1), Point(23, null, 0), Point(24, 30, 2)], []));
        Assert.Equal([true, false, true], charts.Throughput.Series[0].Points.Select(p => p.Partial));
        Assert.Equal([false, false, true], charts.TimePerFrame.Series[0].Points.Select(p => p.Partial));
        Assert.Equal([10d, null, 30d], charts.TimePerFrame.Series[0].Points.Select(p => p.Y));
        Assert.Equal("n = 3 jobs, per day (UTC)", charts.ThroughputNote);
    }

    [Fact]
    public void The_previous_period_stands_above_the_same_buckets_and_only_where_there_was_one()
    {
        ThroughputPoint[] now = [Point(22, 10, 1), Point(23, 20, 1), Point(24, 30, 1)];
        Assert.Equal(3, OverviewCharts.From(Data(now, [Point(20, 1, 1), Point(21, 2, 1), Point(22, 3, 1)])).TimePerFrame.Series.Count);

        var with = OverviewCharts.From(Data(now, [Point(20, 1, 1), Point(21, 2, 1), Point(22, 3, 1)], new() { JobCount = 3, AvgTimePerFrameMs = 2 })).TimePerFrame.Series[^1];
        Assert.Equal("Average, previous 2 days", with.Name);
        Assert.Equal(OverviewCharts.From(Data(now, [])).TimePerFrame.Series[0].Points.Select(p => p.X), with.Points.Select(p => p.X));
        Assert.Equal([1d, 2d, 3d], with.Points.Select(p => p.Y));
    }

    [Theory]
    [InlineData(9, 30, true)]
    [InlineData(3, 30, false)]
    [InlineData(9, 1, false)]
    public void A_previous_period_with_too_little_data_is_neither_drawn_nor_compared(long jobsBefore, int daysBefore, bool isShown)
    {
        var data = Data(
            [Point(22, 10, 10), Point(23, 20, 10), Point(24, 30, 10)], [Point(20, 1, 1), Point(21, 2, 1), Point(22, 3, 1)], new() { JobCount = jobsBefore, AvgTimePerFrameMs = 2 }, daysBefore);
        Assert.Equal(isShown, OverviewCharts.From(data).TimePerFrame.Series.Any(s => s.Key == "previous"));
        Assert.Equal(isShown, OverviewCards.From(data.Sums).Single(c => c.Name == "jobs").Change!.Withheld is null);
    }

    [Fact]
    public void A_ranking_shows_figures_with_units_and_dashes_for_what_is_missing()
    {
        var table = Render<WorkflowRanking>(p => p
            .Add(c => c.Title, "Fastest per frame")
            .Add(c => c.Ranked, 7)
            .Add(c => c.Workflows, [new WorkflowSummary { WorkflowId = 4, WorkflowName = "<b>Bold</b>", JobCount = 1234, AvgTimePerFrameMs = 812.5, AvgVramPeakMb = 18210 }]));
        Assert.Equal("Fastest per frame · 1 of 7 with at least 10 jobs", table.Find("caption").TextContent);
        Assert.Equal("<b>Bold</b>", table.Find("tbody th").TextContent);
        Assert.Equal(["1,234", "813 ms/frame", "–", "–", "17.8 GB", "–"], table.FindAll("td").Select(c => c.TextContent));
    }

    [Fact]
    public void A_ranking_says_whether_it_waits_or_has_nothing()
    {
        var table = Render<WorkflowRanking>(p => p.Add(c => c.Title, "Fastest").Add(c => c.Workflows, null));
        Assert.NotEmpty(table.FindAll(".mud-skeleton"));
        table.Render(p => p.Add(c => c.Workflows, []));
        Assert.Equal("No workflow in this range with at least 10 jobs reports this metric.", table.Find("tbody").TextContent.Trim());
    }

    [Fact]
    public async Task An_empty_farm_gets_instructions_until_its_first_job_came()
    {
        await database.ClearAsync();
        var page = RenderPage(database.Get<OverviewQueries>(), database.Get<ThroughputQueries>());
        page.WaitForAssertion(() => Assert.Equal("No jobs recorded yet", page.Find("h1").TextContent), Eventually.Limit);
        Assert.Single(page.FindComponents<FirstJob>());
        Assert.Contains($"curl {Services.GetRequiredService<NavigationManager>().BaseUri}performance/jobs/completed", page.Find("pre").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_job_makes_an_empty_range_not_an_empty_farm()
    {
        await database.ClearAsync();
        var (workflow, worker) = (await database.AddWorkflowAsync(), await database.AddWorkerAsync());
        var job = await database.AddCompletedJobAsync(workflow, worker, null, new(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await database.ExecuteAsync(
            "INSERT INTO performance_metrics (job_id, workflow_id, worker_id, created_at) VALUES (@job, @workflow_id, @worker_id, '2025-01-01')",
            ("job", job), ("workflow_id", workflow), ("worker_id", worker));
        var page = RenderPage(database.Get<OverviewQueries>(), database.Get<ThroughputQueries>());
        page.WaitForAssertion(() => Assert.Contains("No jobs completed in this range.", page.Markup, StringComparison.Ordinal), Eventually.Limit);
        Assert.Equal("0", page.Find("[data-test=jobs] .stat-value").TextContent);
        Assert.Equal("–", page.Find("[data-test=vram] .stat-value").TextContent);
    }

    [Fact]
    public async Task Cards_are_shown_while_charts_and_rankings_are_loaded()
    {
        await database.ClearAsync();
        var (workflow, worker) = (await database.AddWorkflowAsync(), await database.AddWorkerAsync());
        var at = Now.AddDays(-1).UtcDateTime;
        var job = await database.AddCompletedJobAsync(workflow, worker, null, at);
        await database.ExecuteAsync(
            "INSERT INTO performance_metrics (job_id, workflow_id, worker_id, vram_peak_mb, created_at) VALUES (@job, @workflow_id, @worker_id, 2048, @at)",
            ("job", job), ("workflow_id", workflow), ("worker_id", worker), ("at", at));
        // Only rankings need names.
        await using var holder = await database.DataSource.OpenConnectionAsync(Xunit.TestContext.Current.CancellationToken);
        await using var held = await holder.BeginTransactionAsync(Xunit.TestContext.Current.CancellationToken);
        await using var locking = holder.CreateCommand();
        locking.CommandText = "LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE";
        await locking.ExecuteNonQueryAsync(Xunit.TestContext.Current.CancellationToken);

        var page = RenderPage(database.Get<OverviewQueries>(), database.Get<ThroughputQueries>());
        page.WaitForAssertion(() => Assert.Equal("2.0 GB", page.Find("[data-test=vram] .stat-value").TextContent), Eventually.Limit);
        Assert.NotEmpty(page.FindAll("[data-test=top-workflows] .mud-skeleton"));
        Assert.Empty(page.FindAll("[data-test=updated]"));

        await held.RollbackAsync(Xunit.TestContext.Current.CancellationToken);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("main .mud-skeleton, [data-test=top-workflows] .mud-skeleton")), Eventually.Limit);
        Assert.Contains("1 job ·", page.Find("[data-test=updated]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_an_error_with_another_try()
    {
        // Nothing listens on port 1.
        await using var away = TestDatabase.ServicesOver("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5");
        var page = RenderPage(away.GetRequiredService<OverviewQueries>(), away.GetRequiredService<ThroughputQueries>());
        page.WaitForAssertion(() => Assert.Contains("The database cannot be reached.", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains(page.FindAll("[data-test=error] button"), b => b.TextContent.Trim() == "Retry");
        Assert.Empty(page.FindAll(".stat-card"));
    }

    [Fact]
    public void An_unusable_range_is_an_error_that_another_try_cannot_mend()
    {
        var page = RenderPage(database.Get<OverviewQueries>(), database.Get<ThroughputQueries>(), "?from=yesterday");
        page.WaitForAssertion(() => Assert.Contains("time range in the address is not valid", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Empty(page.FindAll("[data-test=error] button"));
    }

    private IRenderedComponent<OverviewPage> RenderPage(OverviewQueries overviews, ThroughputQueries throughput, string query = "")
    {
        Services.AddSingleton(overviews);
        Services.AddSingleton(throughput);
        Services.AddSingleton(database.Get<PeriodCoverageQueries>());
        Services.AddSingleton<OverviewPageData>();
        Services.AddSingleton(database.Get<SignificantChangeQueries>());
        Services.AddSingleton(database.Get<SplitQueries>());
        Services.AddSingleton(database.Get<ThresholdService>());
        Services.AddSingleton<ThresholdLines>();
        Services.AddSingleton(database.Get<HourlyLoadQueries>());
        Services.AddSingleton(database.Get<FarmNowQueries>());
        Services.AddSingleton(database.Get<AlertUpdates>());
        Services.AddSingleton(database.Get<AlertQueries>());
        Services.AddSingleton(database.Get<AlertNotificationQueries>());
        Services.AddScoped<AlertFeed>();
        _ = Popovers;
        return Render<OverviewPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/" + query)));
    }
}
