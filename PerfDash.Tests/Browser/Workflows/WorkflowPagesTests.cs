using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Workflows;

/// <summary>From all workflows to one, to its jobs, to one job and why it was slow.</summary>
public sealed class WorkflowPagesTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private const string Script = "<img src=x onerror=alert(1)>";

    private ILocator Rows => ByTest("workflows").Locator("tbody tr:has(th)");

    [Fact]
    public async Task The_slow_workflow_is_found_from_the_overview_and_its_slowest_job_explained()
    {
        await OpenAsync();
        var slowest = ByTest("bottom-workflows").Locator("tbody th a").First;
        var name = await slowest.InnerTextAsync();
        await slowest.ClickAsync();
        await Expect(Page.Locator("main h1")).ToHaveTextAsync(name);
        await SettledAsync(Page);
        await Expect(ByTest("stages").Locator("tbody tr").First).ToBeVisibleAsync();
        await Expect(ByTest("waterfall").Locator("tbody tr").First).ToBeVisibleAsync();
        await Expect(ByTest("parameters").Locator("tbody tr").First).ToBeVisibleAsync();

        await ByTest("time-per-frame").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex(@"/jobs\?.*sort=-time_per_frame_ms"));
        await ByTest("jobs-table").Locator("tbody th a").First.ClickAsync();
        await Expect(Page.Locator("main h1")).ToHaveTextAsync(new Regex("^Job [0-9]+$"));
        await Expect(ByTest("figures").Locator("tbody tr").First).ToContainTextAsync("Time per frame");
        await Expect(ByTest("origin")).ToContainTextAsync(name);
        await ByTest("result").Locator("summary").ClickAsync();
        await Expect(ByTest("result").Locator("pre")).ToContainTextAsync("frame_count");
        await Page.Locator("a[data-test='previous'], a[data-test='next']").First.ClickAsync();
        await Expect(Page.Locator("main h1")).ToHaveTextAsync(new Regex("^Job [0-9]+$"));
    }

    [Fact]
    public async Task Searching_sorting_and_picking_are_kept_in_the_address_and_lead_to_a_comparison()
    {
        await OpenAsync("/workflows?from=now-14d");
        var all = (await ByTest("workflows").Locator("caption").InnerTextAsync()).Split(' ')[2];
        await Page.GetByLabel("Search by name").FillAsync("flux");
        await Expect(Page).ToHaveURLAsync(new Regex("search=flux"));
        await Expect(ByTest("workflows").Locator("caption")).ToContainTextAsync($"of {all} workflows");
        await ByTest("workflows").GetByRole(AriaRole.Link, new() { Name = "Jobs", Exact = true }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("sort=-jobs"));
        await Rows.Nth(0).GetByRole(AriaRole.Checkbox).CheckAsync();
        await Rows.Nth(1).GetByRole(AriaRole.Checkbox).CheckAsync();
        await Expect(ByTest("compare")).ToHaveTextAsync("Compare selected (2)");
        await Expect(ByTest("compare")).ToHaveAttributeAsync("href", new Regex(@"^/compare\?from=now-14d&workflows=[0-9]+,[0-9]+$"));

        var names = await Rows.Locator("th").AllInnerTextsAsync();
        await Page.ReloadAsync();
        await SettledAsync(Page);
        await Expect(Rows.Locator("th")).ToHaveTextAsync(names);
        await Expect(ByTest("compare")).ToHaveTextAsync("Compare selected (2)");

        var download = await Page.RunAndWaitForDownloadAsync(() => ByTest("csv").ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), Cancellation);
        Assert.Equal("perfdash-workflows.csv", download.SuggestedFilename);
        Assert.Equal(names, lines.Skip(1).Select(l => l.Split(',')[1]));
    }

    [Fact]
    public async Task Workflows_picked_faster_than_the_server_answers_are_all_picked()
    {
        await OpenAsync("/workflows");
        // In one go, so that no answer can come in between.
        await Rows.GetByRole(AriaRole.Checkbox).EvaluateAllAsync<object?>("boxes => boxes.slice(0, 3).forEach(box => box.click())");
        await Expect(ByTest("compare")).ToHaveTextAsync("Compare selected (3)");
        await Expect(Page).ToHaveURLAsync(new Regex(@"selected=[0-9]+(%2C|,)[0-9]+(%2C|,)[0-9]+$"));
        await Expect(Rows.Locator("input:checked")).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task The_trend_can_be_cut_otherwise_and_the_link_shows_the_same()
    {
        await OpenAsync("/workflows/1");
        var trend = Page.Locator("section[aria-label='Time per frame over time']");
        await ByTest("bucket").SelectOptionAsync("week");
        await Expect(Page).ToHaveURLAsync(new Regex("bucket=week"));
        await Expect(trend).ToContainTextAsync("per week (UTC)");
        await ByTest("window").SelectOptionAsync("3");
        await Expect(trend.Locator(".pd-legend")).ToContainTextAsync("Moving average of 3");
        await Page.ReloadAsync();
        await SettledAsync(Page);
        await Expect(trend).ToContainTextAsync("per week (UTC)");
        await Expect(ByTest("window")).ToHaveValueAsync("3");
        // The band: one area between the lowest and the highest job.
        await Expect(trend.Locator("path.apexcharts-rangeArea").First).ToBeAttachedAsync();
    }

    [Fact]
    public async Task Pressing_a_bar_leads_to_the_jobs_behind_it()
    {
        await OpenAsync("/workflows/1");
        var chart = Page.Locator("section[aria-label='GPU time by worker']");
        await chart.GetByRole(AriaRole.Button, new() { Name = "Show as table" }).ClickAsync();
        await chart.Locator("tbody button").First.ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex(@"/jobs\?worker_id=[0-9]+&workflow_id=1$"));
        await Expect(ByTest("jobs-table").Locator("tbody th").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_name_with_markup_in_it_stays_text_on_every_page()
    {
        var dialogs = CountDialogs();
        var workflow = await App.Database.AddWorkflowAsync(Script);
        var worker = await App.Database.AddWorkerAsync(Script);
        var job = await App.Database.AddCompletedJobAsync(workflow, worker, $$$"""{"frame_count": 10, "total_gpu_time_ms": 1000, "resolution_tier": "{{{Script}}}", "quality_scores": {"{{{Script}}}": 1}, "pipeline_stages": [{"name": "{{{Script}}}", "duration_ms": 5}]}""", DateTime.UtcNow);
        await App.Database.ExecuteAsync("UPDATE jobs SET parameters = jsonb_build_object(@name, @name) WHERE id = @id", ("name", Script), ("id", job));
        foreach (var path in new[] { "/workflows?search=onerror", $"/workflows/{workflow}", $"/jobs?workflow_id={workflow}", $"/jobs/{job}" })
        {
            await OpenAsync(path);
            await Expect(Page.Locator("main").GetByText(Script).First).ToBeVisibleAsync();
            await Expect(Page.Locator("main img")).ToHaveCountAsync(0);
        }

        Assert.Equal(0, dialogs());
    }
}
