using Bunit;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core;
using PerfDash.Core.Estimates;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Core.Settings;
using PerfDash.Core.Workers;
using PerfDash.Web.Features.Estimates;
using PerfDash.Web.Features.Workers;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Workers;

/// <summary>The pages of workers and estimates: their states, and what they make of figures.</summary>
public sealed class WorkerPageTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Workers_without_jobs_in_the_range_still_have_their_cards_and_say_what_to_do()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        var page = RenderWorkers(database);
        page.WaitForAssertion(() => Assert.Equal(5, page.FindAll("[data-test=worker-card]").Count), Eventually.Limit);
        Assert.All(page.FindAll("[data-test=activity]"), a => Assert.Equal("No jobs yet", a.TextContent));
        Assert.All(page.FindAll("[data-test=worker-card] [data-test=utilization]"), u => Assert.Equal("–", u.TextContent));
        page.WaitForAssertion(() => Assert.Contains("Choose a longer range.", page.Markup, StringComparison.Ordinal), Eventually.Limit);
    }

    [Fact]
    public async Task A_worker_of_the_filter_that_does_not_exist_is_named()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        var page = RenderWorkers(database, "?worker_id=77");
        page.WaitForAssertion(() => Assert.Contains("There is no worker 77.", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Empty(page.FindAll("[data-test=error] button"));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_an_error_with_another_try()
    {
        // Nothing listens on port 1.
        await using var away = TestDatabase.ServicesOver("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5");
        var page = RenderWorkers(away.GetRequiredService<WorkerQueries>(), away.GetRequiredService<WorkerStateQueries>(), away.GetRequiredService<FailureQueries>(), away.GetRequiredService<WorkerCostQueries>());
        page.WaitForAssertion(() => Assert.Contains("The database cannot be reached.", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains(page.FindAll("[data-test=error] button"), b => b.TextContent.Trim() == "Retry");
        Assert.Empty(page.FindAll("[data-test=worker-card]"));
    }

    [Theory]
    [InlineData("77")]
    [InlineData("x")]
    public async Task An_unknown_worker_is_a_page_that_says_so(string id)
    {
        await database.ClearAsync();
        Services.AddSingleton(database.Get<WorkerQueries>());
        Services.AddSingleton(database.Get<WorkerStateQueries>());
        Services.AddSingleton(database.Get<FailureQueries>());
        _ = Popovers;
        var page = Render<WorkerPage>(p => p.Add(c => c.Id, id).AddCascadingValue(PageQuery.Parse("http://localhost/")));
        page.WaitForAssertion(() => Assert.Equal("There is no such worker", page.Find("h1").TextContent), Eventually.Limit);
        Assert.Equal("/workers", page.Find("a").GetAttribute("href"));
    }

    [Fact]
    public void A_pie_has_the_two_parts_of_the_window()
    {
        var pie = WorkerPage.PieOf(Utilization.From(new TimeRange(Now.AddHours(-10), Now), TimeSpan.FromHours(4)));
        Assert.Equal([("Generating", 14_400_000d), ("Idle", 21_600_000d)], pie.Series[0].Points.Select(p => (p.Category!, p.Y!.Value)));
        Assert.False(WorkerPage.PieOf(Utilization.From(new TimeRange(Now, Now), TimeSpan.Zero)).HasValues);
        Assert.Equal(2, pie.Series[0].Points.Select(p => p.Color).Distinct().Count());
    }

    [Fact]
    public void Jobs_that_overlap_lie_in_lanes_and_none_is_too_narrow_to_see()
    {
        var midnight = new DateTime(2026, 11, 24, 0, 0, 0, DateTimeKind.Utc);
        DayJob[] jobs = [Job(1, 0, 60), Job(2, 30, 90), Job(3, 60, 61), Job(4, 1439, 1441)];
        var day = new WorkerDay(new(2026, 11, 24), new TimeRange(midnight, midnight.AddDays(1)), jobs, false, WorkerDayQueries.Union(jobs, new(midnight, midnight.AddDays(1))));

        var drawing = DayDrawing.From(day);

        Assert.Equal([0, 1, 0, 0], drawing.Bars.Select(b => b.Lane));
        Assert.Equal(2, drawing.Lanes);
        Assert.All(drawing.Bars, b => Assert.True(b.Width >= 1.5 && b.Left + b.Width <= DayDrawing.Minutes));
        Assert.Equal([(0d, 90d), (1438.5, 1.5)], drawing.Generating);

        DayJob Job(long id, double from, double to) => new(id, 1, "W", null, midnight.AddMinutes(from), midnight.AddMinutes(to), true);
    }

    [Fact]
    public void Workers_of_one_name_are_told_apart_on_a_chart()
    {
        var chart = JobTypeSection.ChartOf([Worker(1, "gpu"), Worker(2, "gpu"), Worker(3, "<b>other</b>")]);
        Assert.Equal(["gpu #1", "gpu #2", "<b>other</b>"], chart.Series[0].Points.Select(p => p.Category));

        static JobTypeWorker Worker(long id, string name) => new() { WorkerId = id, WorkerName = name, JobCount = 1, TimedJobCount = 1, AvgTimePerFrameMs = 5 };
    }

    [Fact]
    public async Task An_estimate_is_not_made_of_nonsense_and_the_fields_say_why()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        Services.AddSingleton(database.Get<EstimateQueries>());
        Services.AddSingleton(database.Get<WorkerEstimateQueries>());
        Services.AddSingleton(database.Get<FarmSettings>());
        Services.AddSingleton(database.Get<FilterQueries>());
        _ = Popovers;
        var page = Render<EstimatePage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/")));
        page.WaitForAssertion(() => Assert.Equal(4, page.FindAll("[data-test=workflow] option").Count), Eventually.Limit);
        Assert.Equal("", page.Find("#frames-error").TextContent);

        page.Find("[data-test=frames]").Input("1.5");
        page.Find("form").Submit();

        page.WaitForAssertion(
            () => Assert.Equal(("Choose a workflow.", "A whole number of frames from 1 to 1,000,000."), (page.Find("#workflow-error").TextContent, page.Find("#frames-error").TextContent)),
            Eventually.Limit);
        Assert.Equal("true", page.Find("[data-test=frames]").GetAttribute("aria-invalid"));
        Assert.Empty(page.FindAll("[data-test=estimate]"));
    }

    private IRenderedComponent<WorkersPage> RenderWorkers(TestDatabase from, string query = "") =>
        RenderWorkers(from.Get<WorkerQueries>(), from.Get<WorkerStateQueries>(), from.Get<FailureQueries>(), from.Get<WorkerCostQueries>(), query);

    private IRenderedComponent<WorkersPage> RenderWorkers(WorkerQueries workers, WorkerStateQueries states, FailureQueries failures, WorkerCostQueries costs, string query = "")
    {
        Services.AddSingleton(workers);
        Services.AddSingleton(states);
        Services.AddSingleton(failures);
        Services.AddSingleton(costs);
        Services.AddSingleton(database.Get<JobTypeQueries>());
        Services.AddSingleton(database.Get<OverviewQueries>());
        _ = Popovers;
        return Render<WorkersPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/" + query)));
    }
}
