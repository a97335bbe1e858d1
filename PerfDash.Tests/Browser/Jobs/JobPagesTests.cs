using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Jobs;

public sealed class JobPagesTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private ILocator Ids => ByTest("jobs-table").Locator("tbody th a");

    [Fact]
    public async Task New_jobs_are_announced_and_the_list_stays_where_it_is()
    {
        await OpenAsync("/jobs");
        // (The virtualised list leaves its first row out for a moment, until it knows where it is.)
        var first = await App.Database.ScalarAsync<string>("SELECT job_id::text FROM performance_metrics ORDER BY created_at DESC, job_id DESC LIMIT 1");
        await Expect(Ids.First).ToHaveTextAsync(first);
        await site.CompleteAnotherJobAsync();
        await site.CompleteAnotherJobAsync();
        await Expect(ByTest("show-new")).ToHaveTextAsync("Show 2 new jobs");
        await Expect(Ids.First).ToHaveTextAsync(first);
        await ByTest("show-new").ClickAsync();
        await Expect(Ids.Nth(2)).ToHaveTextAsync(first);
        await Expect(ByTest("show-new")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_list_grows_page_by_page_and_follows_its_filters()
    {
        await OpenAsync("/jobs?from=now-60d&sort=-total_gpu_time_ms");
        await Expect(ByTest("jobs-table").Locator("caption")).ToContainTextAsync("The first 100 jobs");
        await ByTest("more").ClickAsync();
        await Expect(ByTest("jobs-table").Locator("caption")).ToContainTextAsync("The first 200 jobs");
        // Rows beyond the window are drawn when they come into view.
        Assert.True(await Ids.CountAsync() < 200);

        await Page.GetByLabel("Workflow", new() { Exact = true }).ClickAsync();
        var option = Page.Locator(".mud-popover-open .mud-list-item").First;
        var name = await option.InnerTextAsync();
        await option.ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("workflow_id=[0-9]+"));
        await Expect(ByTest("jobs-table").Locator("tbody tr:has(th)").First).ToContainTextAsync(name);
        await Expect(Page.GetByLabel("Workflow", new() { Exact = true })).ToHaveValueAsync(name);
    }

    [Fact]
    public async Task A_running_job_is_found_by_its_id_and_gets_its_figures_before_the_readers_eyes()
    {
        var job = await site.AddRunningJobAsync();
        await OpenAsync("/jobs");
        await Page.GetByLabel("Job id or external id").FillAsync($"{job}");
        await ByTest("state-table").GetByRole(AriaRole.Link, new() { Name = $"{job}", Exact = true }).ClickAsync();
        await Expect(ByTest("no-figures")).ToContainTextAsync("Running.");
        await App.Database.CompleteAsync(job);
        await Expect(ByTest("figures")).ToBeVisibleAsync();
        await Expect(ByTest("no-figures")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_failed_job_and_its_collection_link_both_ways()
    {
        var job = await App.Database.AddCompletedJobAsync(1, null, null, DateTime.UtcNow);
        await OpenAsync("/collection");
        await ByTest("failures").GetByRole(AriaRole.Link, new() { Name = $"{job}", Exact = true }).ClickAsync();
        await Expect(ByTest("failed-collection")).ToContainTextAsync("has no existing worker");
        await ByTest("failed-collection").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(Page.Locator("main h1")).ToHaveTextAsync("Collection");

        await OpenAsync("/jobs?state=failed&from=now-90d");
        await Expect(ByTest("state-table").Locator("tbody tr").First).ToContainTextAsync("Failed");
        await OpenAsync("/jobs/999999999");
        await Expect(Page.Locator("main h1")).ToHaveTextAsync("There is no job 999999999");
    }
}
