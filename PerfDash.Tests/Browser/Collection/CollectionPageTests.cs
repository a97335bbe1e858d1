using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Collection;

public sealed class CollectionPageTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    private ILocator Failures => ByTest("failures").Locator("tbody tr");

    [Fact]
    public async Task A_failure_is_listed_with_its_reason_and_gone_after_a_retry_that_works()
    {
        var workflow = await App.Database.AddWorkflowAsync();
        await OpenAsync("/collection");
        var recorded = await CountOnAsync(Page, "recorded");
        var job = await App.Database.AddCompletedJobAsync(workflow, null, """{"frame_count": 4}""", DateTime.UtcNow);
        var row = Failures.Filter(new() { Has = Page.GetByRole(AriaRole.Rowheader, new() { Name = $"{job}", Exact = true }) });
        await Expect(row).ToContainTextAsync("has no existing worker");
        await ExpectCountAsync(Page, "failed", 1);

        // The change of the worker alone would do; without its trigger the reader's press must.
        await App.Database.ExecuteAsync("ALTER TABLE jobs DISABLE TRIGGER USER");
        await App.Database.ExecuteAsync("UPDATE jobs SET worker_id = @worker WHERE id = @id", ("worker", await App.Database.AddWorkerAsync()), ("id", job));
        await App.Database.ExecuteAsync("ALTER TABLE jobs ENABLE TRIGGER USER");
        await row.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();

        await Expect(Failures).ToHaveCountAsync(0);
        await ExpectCountAsync(Page, "failed", 0);
        await ExpectCountAsync(Page, "recorded", recorded + 1);
        await Expect(ByTest("failures")).ToContainTextAsync("No failed collections");
    }

    [Fact]
    public async Task A_retry_that_fails_again_counts_the_try()
    {
        var job = await App.Database.AddCompletedJobAsync(await App.Database.AddWorkflowAsync(), null, null, DateTime.UtcNow);
        await OpenAsync("/collection");
        await Expect(Failures.Locator("td").Nth(1)).ToHaveTextAsync("1");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Retry all" }).ClickAsync();

        await Expect(Page.GetByText("One job is being collected again.")).ToBeVisibleAsync();
        await Expect(Failures.Locator("td").Nth(1)).ToHaveTextAsync("2");
        await App.Database.ExecuteAsync("DELETE FROM failed_collections WHERE job_id = @id", ("id", job));
    }

    [Fact]
    public async Task What_of_a_result_could_not_be_used_is_listed()
    {
        var job = await App.Database.AddCompletedJobAsync(
            await App.Database.AddWorkflowAsync(),
            await App.Database.AddWorkerAsync(),
            """{"frame_count": "many", "total_gpu_time_ms": 5, "quality_scores": {"<b>likeness</b>": "good"}}""",
            DateTime.UtcNow);
        await OpenAsync("/collection");
        var row = ByTest("warnings").Locator("tbody tr").Filter(new() { Has = Page.GetByRole(AriaRole.Rowheader, new() { Name = $"{job}", Exact = true }) });
        await Expect(row).ToContainTextAsync("frame_count");
        await Expect(row).ToContainTextAsync("<b>likeness</b>");
    }
}
