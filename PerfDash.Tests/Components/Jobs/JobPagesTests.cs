using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Collection;
using PerfDash.Core.Jobs;
using PerfDash.Core.Messaging;
using PerfDash.Core.Settings;
using PerfDash.Core.Sources;
using PerfDash.Core.Workflows;
using PerfDash.Web.Features.Jobs;
using PerfDash.Web.Live;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Jobs;

/// <summary>The states of the pages of all jobs and of one.</summary>
public sealed class JobPagesTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    private BunitNavigationManager Navigation => (BunitNavigationManager)Services.GetRequiredService<NavigationManager>();

    private static DateTime Ago(int minutes) => Now.UtcDateTime.AddMinutes(-minutes);

    private async Task FillAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.AddJobsAsync(
        [
            new FarmRow { JobId = 1001, TimePerFrameMs = 100, Frames = 10, CompletedAt = Ago(50), Tier = "720p", Stages = [("load_model", 10), ("sample", 100)] },
            new FarmRow { JobId = 1002, TimePerFrameMs = 300, Frames = 10, CompletedAt = Ago(40), Tier = "720p", Stages = [("load_model", 30), ("sample", 100)] },
            new FarmRow { JobId = 1003, TimePerFrameMs = 400, Frames = 20, CompletedAt = Ago(30), Tier = "720p", Stages = [("load_model", 10), ("sample", 100), ("load_model", 30)] },
            new FarmRow { JobId = 1004, WorkflowId = 2, CompletedAt = Ago(20) },
        ]);
    }

    private IRenderedComponent<JobsPage> RenderList(string query = "")
    {
        Services.AddSingleton(database.Get<JobListQueries>());
        Services.AddSingleton(database.Get<JobStateQueries>());
        Services.AddSingleton(database.Get<NewJobQueries>());
        Services.AddSingleton(database.Get<WorkflowListQueries>());
        Services.AddSingleton(database.Get<FarmSettings>());
        _ = Popovers;
        Navigation.NavigateTo("/jobs" + query);
        return Render<JobsPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/jobs" + query)));
    }

    private IRenderedComponent<JobDetailPage> RenderOne(long id)
    {
        Services.AddSingleton(database.Get<JobRecordQueries>());
        Services.AddSingleton(database.Get<JobQueries>());
        Services.AddSingleton(database.Get<TypicalJobQueries>());
        Services.AddSingleton(database.Get<JobOutputs>());
        Services.AddSingleton<JobDetailPageData>();
        _ = Popovers;
        return Render<JobDetailPage>(p => p.Add(c => c.Id, id).AddCascadingValue(PageQuery.Parse("http://localhost/")));
    }

    private static string[] Ids(IRenderedComponent<JobsPage> page) => [.. page.FindAll("[data-test=jobs-table] tbody th").Select(c => c.TextContent)];

    [Fact]
    public async Task Jobs_are_listed_latest_first_or_as_the_address_says()
    {
        await FillAsync();
        var page = RenderList();
        page.WaitForAssertion(() => Assert.Equal(["1004", "1003", "1002", "1001"], Ids(page)), Eventually.Limit);
        var sorted = RenderSorted("?sort=-time_per_frame_ms&workflow_id=1");
        sorted.WaitForAssertion(() => Assert.Equal(["1003", "1002", "1001"], Ids(sorted)), Eventually.Limit);
        Assert.Empty(sorted.FindAll("[data-test=more]"));

        IRenderedComponent<JobsPage> RenderSorted(string query)
        {
            Navigation.NavigateTo("/jobs" + query);
            return Render<JobsPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/jobs" + query)));
        }
    }

    [Fact]
    public async Task New_jobs_are_announced_and_shown_only_when_asked_for()
    {
        await FillAsync();
        var page = RenderList();
        Services.GetRequiredService<LiveFeed>().Start();
        page.WaitForAssertion(() => Assert.Equal(4, Ids(page).Length), Eventually.Limit);
        await database.AddJobsAsync([new FarmRow { JobId = 1005, CompletedAt = Ago(1) }, new FarmRow { JobId = 1006, CompletedAt = Ago(1) }]);
        Services.GetRequiredService<LiveUpdates>().Publish(2);

        page.WaitForAssertion(() => Assert.Equal("Show 2 new jobs", page.Find("[role=status] button").TextContent.Trim()), Eventually.Limit);
        Assert.Equal("1004", Ids(page)[0]);
        await page.InvokeAsync(() => page.Find("[data-test=show-new]").Click());
        page.WaitForAssertion(() => Assert.Equal(["1006", "1005", "1004"], Ids(page)[..3]), Eventually.Limit);
        Assert.Empty(page.FindAll("[data-test=show-new]"));
    }

    [Fact]
    public async Task No_job_and_no_job_that_matches_are_different_texts()
    {
        await FillAsync();
        var page = RenderList("?workflow_id=3");
        page.WaitForAssertion(() => Assert.Contains("match the filters", page.Find("[data-test=empty]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        var empty = Render<JobsPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/?from=2020-01-01&to=2020-02-01&worker_id=2")));
        empty.WaitForAssertion(() => Assert.Contains("remove a filter", empty.Find("[data-test=empty]").TextContent, StringComparison.Ordinal), Eventually.Limit);
    }

    [Fact]
    public async Task Failed_jobs_have_a_list_of_their_own_with_their_errors()
    {
        await FillAsync();
        await database.ExecuteAsync(
            "INSERT INTO jobs (id, workflow_id, status, error, created_at, completed_at) VALUES (7, 1, 'failed', '<b>out of memory</b>', @at, @at)", ("at", Ago(5)));
        var page = RenderList("?state=failed");
        page.WaitForAssertion(() => Assert.Equal("<b>out of memory</b>", page.Find("[data-test=state-table] tbody td.state-error").TextContent), Eventually.Limit);
        Assert.Equal("Failed", page.Find("[aria-pressed=true]").TextContent.Trim());
    }

    [Fact]
    public async Task A_search_finds_a_job_whatever_the_range_or_says_there_is_none()
    {
        await FillAsync();
        var page = RenderList("?from=2020-01-01&to=2020-02-01&search=1002");
        page.WaitForAssertion(() => Assert.Equal("1002", page.Find("[data-test=state-table] tbody th a").TextContent), Eventually.Limit);
        Navigation.NavigateTo("/jobs?search=nothing");
        var none = Render<JobsPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/jobs?search=nothing")));
        none.WaitForAssertion(() => Assert.Contains("No job has the id “nothing”", none.Find("[data-test=no-match]").TextContent, StringComparison.Ordinal), Eventually.Limit);
    }

    [Fact]
    public async Task A_job_is_not_compared_with_a_handful()
    {
        await FillAsync();
        var page = RenderOne(1003);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[data-test=figures]")), Eventually.Limit);
        Assert.Equal(["Time per frame", "400 ms/frame", "–", ""], page.Find("[data-test=figures] tbody tr").Children.Select(c => c.TextContent.Trim()));
        Assert.Equal("Too few earlier jobs to compare with: 2 of at least 10", page.Find("[data-test=figures] caption").TextContent);
        Assert.All(page.FindAll(".stat-note"), note => Assert.Equal("too few earlier jobs to compare with: 2 of at least 10", note.TextContent));
    }

    [Fact]
    public async Task A_job_stands_beside_the_typical_job_of_its_stratum()
    {
        await FillAsync();
        await database.AddJobsAsync([.. Enumerable.Range(0, 8).Select(i => new FarmRow
        {
            JobId = 900 + i, TimePerFrameMs = i % 2 == 0 ? 190 : 210, Frames = 10, CompletedAt = Ago(100 + i), Tier = "720p", Stages = [("load_model", i % 2 == 0 ? 19 : 21), ("sample", 100)],
        })]);
        var page = RenderOne(1003);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[data-test=figures]")), Eventually.Limit);
        // Typical: the median of 100, 300, four of 190 and four of 210; 400 is far outside what is usual.
        Assert.Equal(["Time per frame", "400 ms/frame", "200 ms/frame", "+100.0 % worse"], page.Find("[data-test=figures] tbody tr").Children.Select(c => c.TextContent.Trim()));
        Assert.Contains("median of 10 jobs of the same workflow and tier 720p", page.Find("[data-test=figures] caption").TextContent, StringComparison.Ordinal);
        // Two runs of load_model, 10 and 30 ms, against a median of 20 ms.
        var rows = page.FindAll("[data-test=waterfall] tbody tr").Select(r => string.Join('|', r.Children.Skip(2).Select(c => c.TextContent.Trim()))).ToList();
        Assert.Equal(["10.0 ms|7.1 %|20.0 ms for all 2 runs|+100.0 %", "100 ms|71.4 %|100 ms|0.0 %", "30.0 ms|21.4 %|–|"], rows);
        Assert.Equal(["/jobs/1002", null], [page.Find("[data-test=previous]").GetAttribute("href"), page.Find("[data-test=next]").GetAttribute("href")]);
    }

    [Fact]
    public async Task A_job_without_figures_shows_what_is_known_until_it_has_some()
    {
        await FillAsync();
        var job = await database.AddRunningJobAsync(1, 2);
        var page = RenderOne(job);
        Services.GetRequiredService<LiveFeed>().Start();
        page.WaitForAssertion(() => Assert.Contains("Running.", page.Find("[data-test=no-figures]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains("gpu-2", page.Find("[data-test=origin]").TextContent, StringComparison.Ordinal);

        await database.CompleteAsync(job, """{"frame_count": "many", "total_gpu_time_ms": 39000, "note": "<img src=x onerror=alert(1)>"}""");
        await database.Get<MetricCollector>().CollectAsync(100, Xunit.TestContext.Current.CancellationToken);
        // Past the pause between two loads.
        Time.Advance(TimeSpan.FromMinutes(1));
        Services.GetRequiredService<LiveUpdates>().Publish(1);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[data-test=figures]")), Eventually.Limit);
        Assert.Contains("frame_count", page.Find("[data-test=warnings]").TextContent, StringComparison.Ordinal);
        Assert.Contains("\"note\": \"<img src=x onerror=alert(1)>\"", page.Find("[data-test=result] pre").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("img"));
    }

    [Fact]
    public async Task A_failed_collection_says_why_and_where_to_retry_it()
    {
        await FillAsync();
        var job = await database.AddCompletedJobAsync(1, null, null, Ago(3));
        await database.Get<MetricCollector>().CollectAsync(100, Xunit.TestContext.Current.CancellationToken);
        var page = RenderOne(job);
        page.WaitForAssertion(() => Assert.Contains("has no existing worker", page.Find("[data-test=failed-collection]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Equal("/collection", page.Find("[data-test=failed-collection] a").GetAttribute("href"));
    }

    [Fact]
    public async Task An_unknown_job_is_a_page_not_a_fault()
    {
        await FillAsync();
        var page = RenderOne(999_999);
        page.WaitForAssertion(() => Assert.Equal("There is no job 999999", page.Find("h1").TextContent), Eventually.Limit);
    }
}
