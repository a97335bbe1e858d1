using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Jobs;
using PerfDash.Core.Messaging;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Core.Workflows;
using PerfDash.Web.Features.Alerts.Thresholds;
using PerfDash.Web.Features.Workflows;
using PerfDash.Web.PageData;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Components.Workflows;

/// <summary>The states of the pages of all workflows and of one.</summary>
public sealed class WorkflowPagesTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    private const string Script = "<img src=x onerror=alert(1)>";

    private BunitNavigationManager Navigation => (BunitNavigationManager)Services.GetRequiredService<NavigationManager>();

    private async Task FillAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.ExecuteAsync("UPDATE workflows SET name = @name WHERE id = 3", ("name", Script));
        await database.AddJobsAsync(
        [
            Job(1, 1, 1_000, 10_000), Job(2, 1, 2_000, 20_000), Job(3, 2, 500, 90_000), Job(4, 3, 4_000, 40_000),
            Job(5, 1, 1_000, 10_000) with { CompletedAt = Now.UtcDateTime.AddDays(-40) },
        ]);

        FarmRow Job(long id, long workflow, float time, long gpu) => new()
        {
            JobId = id,
            WorkflowId = workflow,
            TimePerFrameMs = time,
            GpuTimeMs = gpu,
            Frames = 10,
            CompletedAt = Now.UtcDateTime.AddDays(-1).AddMinutes(id),
            Tier = "720p",
            Scores = new Dictionary<string, double> { ["likeness"] = 0.9 },
            Stages = [("load_model", 100), ("sample", 900)],
            Parameters = new Dictionary<string, object> { ["cfg"] = 7, [Script] = Script },
        };
    }

    private IRenderedComponent<WorkflowsPage> RenderList(string query = "", IServiceProvider? over = null)
    {
        Services.AddSingleton(over?.GetRequiredService<WorkflowListQueries>() ?? database.Get<WorkflowListQueries>());
        Services.AddSingleton(database.Get<SignificantChangeQueries>());
        Services.AddSingleton(over?.GetRequiredService<OverviewQueries>() ?? database.Get<OverviewQueries>());
        _ = Popovers;
        Navigation.NavigateTo("/workflows" + query);
        return Render<WorkflowsPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/workflows" + query)));
    }

    private IRenderedComponent<WorkflowPage> RenderOne(long id, string query = "")
    {
        Services.AddSingleton(database.Get<WorkflowChoiceQueries>());
        Services.AddSingleton(database.Get<WorkflowQueries>());
        Services.AddSingleton(database.Get<PeriodCoverageQueries>());
        Services.AddSingleton(database.Get<ComparisonQueries>());
        Services.AddSingleton(database.Get<WorkflowTrendQueries>());
        Services.AddSingleton(database.Get<WorkflowSeriesQueries>());
        Services.AddSingleton(database.Get<TypicalJobQueries>());
        Services.AddSingleton(database.Get<ParameterUseQueries>());
        Services.AddSingleton(database.Get<JobListQueries>());
        Services.AddSingleton(database.Get<SummaryQueries>());
        Services.AddSingleton<WorkflowPageData>();
        Services.AddSingleton(database.Get<SplitQueries>());
        Services.AddSingleton(database.Get<ThresholdService>());
        Services.AddSingleton<ThresholdLines>();
        _ = Popovers;
        Navigation.NavigateTo($"/workflows/{id}{query}");
        return Render<WorkflowPage>(p => p.Add(c => c.Id, id).AddCascadingValue(PageQuery.Parse("http://localhost/" + query)));
    }

    private static string[] Names(IRenderedComponent<WorkflowsPage> page) => [.. page.FindAll("[data-test=workflows] tbody th").Select(c => c.TextContent)];

    private static void Settled<T>(IRenderedComponent<T> page, string selector)
        where T : IComponent => page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(selector)), Eventually.Limit);

    [Fact]
    public async Task Workflows_stand_by_their_gpu_time_with_what_changed_and_names_as_text()
    {
        await FillAsync();
        var page = RenderList();
        Settled(page, "[data-test=workflows] .sparkline");
        Assert.Equal(["Workflow 2", Script, "Workflow 1"], Names(page));
        Assert.Contains("3 of 3 workflows", page.Find("caption").TextContent, StringComparison.Ordinal);
        Assert.Equal("descending", page.FindAll("th[aria-sort]").Single().GetAttribute("aria-sort"));
        var cells = page.FindAll("[data-test=workflows] tbody tr:has(th)").Select(r => r.TextContent).ToList();
        // Of a handful of jobs: not known to be slower.
        Assert.Contains("+50.0 %", cells[2], StringComparison.Ordinal);
        Assert.DoesNotContain("slower", cells[2], StringComparison.Ordinal);
        Assert.Equal("/workflows/1", page.FindAll("tbody th a")[2].GetAttribute("href"));
        Assert.Empty(page.FindAll("img"));
    }

    [Fact]
    public async Task The_address_says_what_is_searched_sorted_and_picked()
    {
        await FillAsync();
        var page = RenderList("?search=workflow&sort=name&selected=2,1&compare=none");
        Settled(page, "[data-test=workflows] .sparkline");
        Assert.Equal(["Workflow 1", "Workflow 2"], Names(page));
        Assert.Contains("2 of 3 workflows", page.Find("caption").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Change", page.Find("thead").TextContent, StringComparison.Ordinal);
        Assert.Equal("/compare?compare=none&workflows=2,1", page.Find("[data-test=compare]").GetAttribute("href"));

        // (Found and pressed in one go: a render in between would leave the press to an element that is gone.)
        await page.InvokeAsync(() => page.FindAll("tbody input")[0].Change(false));
        Assert.Contains("&selected=2&", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_match_no_job_and_no_farm_are_different_texts()
    {
        await FillAsync();
        var page = RenderList("?search=zzz");
        page.WaitForAssertion(() => Assert.Contains("None of 3 workflows matches “zzz”.", page.Find("[data-test=no-match]").TextContent, StringComparison.Ordinal), Eventually.Limit);

        var later = Render<WorkflowsPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/?from=2020-01-01&to=2020-02-01")));
        later.WaitForAssertion(() => Assert.Contains("No jobs completed in this range.", later.Markup, StringComparison.Ordinal), Eventually.Limit);

        // They show what they know before all of it is there.
        await Eventually.ThatAsync(() => Task.FromResult(new[] { page.Instance, later.Instance }.All(p => p.Loader.LoadedAt is not null)), "both have loaded");
        await database.ClearAsync();
        Services.GetRequiredService<LiveUpdates>().Publish(1);
        var empty = Render<WorkflowsPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/")));
        empty.WaitForAssertion(() => Assert.Single(empty.FindComponents<FirstJob>()), Eventually.Limit);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_an_error_with_another_try()
    {
        await using var away = TestDatabase.ServicesOver("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5");
        var page = RenderList(over: away);
        Settled(page, "[data-test=error] button");
        Assert.Contains("The database cannot be reached.", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workflow_shows_what_is_known_of_it()
    {
        await FillAsync();
        var page = RenderOne(1);
        Settled(page, "[data-test=parameters]");
        Assert.Equal("Workflow 1", page.Find("h1").TextContent);
        Assert.Equal("1.50 s/frame", page.Find("[data-test=time-per-frame] .stat-value").TextContent);
        // Of a handful of jobs: shown, and not called worse.
        Assert.Contains("+50.0 %vs previous", page.Find("[data-test=time-per-frame]").TextContent, StringComparison.Ordinal);
        Assert.Contains("workflow_id=1", page.Find("[data-test=time-per-frame] a").GetAttribute("href"), StringComparison.Ordinal);
        Assert.Equal(["Likeness", "2", "0.90", "0.90", "0.00", "0.90", "0.90"], page.Find("[data-test=scores] tbody tr").Children.Select(c => c.TextContent));
        Assert.Equal(["Load model", "Sample"], page.FindAll("[data-test=waterfall] tbody th").Select(c => c.TextContent));
        Assert.Contains("2 jobs in the range; 2 of 2 parameters", page.Find("[data-test=parameters] caption").TextContent, StringComparison.Ordinal);
        Assert.Equal(["2", "1"], page.FindAll("[data-test=jobs-table] tbody th").Select(c => c.TextContent));
        Assert.Empty(page.FindAll("img"));
    }

    [Fact]
    public async Task A_workflow_without_jobs_says_in_words_what_is_missing()
    {
        await FillAsync();
        var page = RenderOne(2, "?worker_id=4");
        page.WaitForAssertion(() => Assert.Contains("No job in this range reported parameters.", page.Markup, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains("No jobs completed in this range with these filters", page.Markup, StringComparison.Ordinal);
        Assert.Contains("No job in this range reported a quality score.", page.Markup, StringComparison.Ordinal);
        Assert.Equal("–", page.Find("[data-test=time-per-frame] .stat-value").TextContent);
    }

    [Fact]
    public async Task An_unknown_workflow_is_a_page_not_a_fault()
    {
        await FillAsync();
        var page = RenderOne(42);
        page.WaitForAssertion(() => Assert.Equal("There is no workflow 42", page.Find("h1").TextContent), Eventually.Limit);
        Assert.Empty(page.FindAll("[data-test=error]"));

        page.Render(p => p.Add(c => c.Id, 1));
        page.WaitForAssertion(() => Assert.Equal("Workflow 1", page.Find("h1").TextContent), Eventually.Limit);
    }
}
