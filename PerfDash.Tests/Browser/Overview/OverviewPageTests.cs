using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Overview;

public sealed class OverviewPageTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private const string Script = "<img src=x onerror=alert(1)>";

    private ILocator Throughput => Page.Locator("section[aria-label='Throughput']");

    [Fact]
    public async Task The_overview_shows_cards_charts_and_rankings()
    {
        await OpenAsync();

        await Expect(Page.Locator(".stat-card")).ToHaveCountAsync(5);
        var jobs = await App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE created_at >= now() - INTERVAL '30 days'");
        // The oldest job may have left the range between the two looks.
        Assert.InRange(await CountOnAsync(Page, "jobs"), jobs, jobs + 1);
        await Expect(Page.Locator(".apex-chart svg.apexcharts-svg")).ToHaveCountAsync(2);
        await Expect(ByTest("top-workflows").Locator("tbody tr")).ToHaveCountAsync(5);
        await Expect(ByTest("bottom-workflows").Locator("tbody tr")).ToHaveCountAsync(5);
    }

    [Fact]
    public async Task The_farm_at_this_moment_leads_to_its_jobs()
    {
        await site.AddRunningJobAsync();
        await OpenAsync();

        await Expect(ByTest("now-running")).ToHaveTextAsync(new Regex(@"^Running\s*[1-9]"));
        await Expect(ByTest("now-workers")).ToContainTextAsync("busy");
        await ByTest("now-running").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex(@"/jobs\?state=running$"));
        await Page.GoBackAsync();
        await ByTest("now-failed").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex(@"/jobs\?state=failed&from=now-1h$"));
        await Expect(ByTest("time-range")).ToContainTextAsync("Last hour");
    }

    [Fact]
    public async Task Workflows_can_be_ranked_by_something_else_and_the_address_says_so()
    {
        await OpenAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Likeness" }).ClickAsync();

        await Expect(Page).ToHaveURLAsync(new Regex(@"\?rank_by=likeness$"));
        await Expect(ByTest("top-workflows").Locator("caption")).ToContainTextAsync("Best likeness");
        await Page.ReloadAsync();
        await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Likeness" })).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [Fact]
    public async Task A_chart_can_be_read_as_a_table_and_taken_along_as_csv()
    {
        await OpenAsync("/?from=now-7d");
        await Throughput.GetByRole(AriaRole.Button, new() { Name = "Show as table" }).ClickAsync();
        await Expect(Throughput.Locator("table")).ToBeVisibleAsync();
        var cells = await Throughput.Locator("tbody td").AllInnerTextsAsync();
        Assert.Equal(await CountOnAsync(Page, "jobs"), cells.Sum(c => long.Parse(c.Replace(",", "", StringComparison.Ordinal), null)));

        var download = await Page.RunAndWaitForDownloadAsync(() => Throughput.GetByRole(AriaRole.Button, new() { Name = "Download as CSV" }).ClickAsync());
        Assert.Equal("perfdash-throughput.csv", download.SuggestedFilename);
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), Cancellation);
        // The mark by which spreadsheets know UTF-8.
        Assert.Equal([0xEF, 0xBB, 0xBF], (await File.ReadAllBytesAsync(await download.PathAsync(), Cancellation))[..3]);
        Assert.Equal("Time (UTC),Jobs completed", lines[0]);
        Assert.Equal(cells, lines.Skip(1).Select(l => l.Split(',')[1]));

        await Throughput.GetByRole(AriaRole.Button, new() { Name = "Show as chart" }).ClickAsync();
        await Expect(Throughput.Locator("svg.apexcharts-svg")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_chart_can_be_taken_along_as_a_picture()
    {
        await OpenAsync();
        var download = await Page.RunAndWaitForDownloadAsync(() => Throughput.GetByRole(AriaRole.Button, new() { Name = "Download as image" }).ClickAsync());
        var bytes = await File.ReadAllBytesAsync(await download.PathAsync(), Cancellation);
        Assert.Equal("perfdash-throughput.png", download.SuggestedFilename);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], bytes[..4]);
    }

    [Fact]
    public async Task A_name_with_markup_in_it_stays_text_everywhere()
    {
        var dialogs = CountDialogs();
        var workflow = await App.Database.AddWorkflowAsync(Script);
        var worker = await App.Database.AddWorkerAsync(Script);
        // As many as it takes to be ranked.
        for (var i = 0; i < Core.Metrics.Evidence.FewestJobs; i++)
            await App.Database.AddCompletedJobAsync(workflow, worker, """{"frame_count": 1000, "total_gpu_time_ms": 1000}""", DateTime.UtcNow.AddSeconds(-i));
        await OpenAsync();
        await Expect(ByTest("top-workflows").GetByText(Script)).ToBeVisibleAsync();

        await HoverChartAsync(Page.Locator("section[aria-label='Time per frame']"));
        await Expect(Page.Locator(".pd-tooltip").First).ToContainTextAsync("Average");
        await Expect(Page.Locator("main img")).ToHaveCountAsync(0);
        Assert.Equal(0, dialogs());
    }

    [Fact]
    public async Task The_legend_shows_one_series_alone_and_all_again()
    {
        await OpenAsync();
        var legend = Page.Locator("section[aria-label='Time per frame'] .pd-legend");
        await legend.GetByRole(AriaRole.Button, new() { Name = "Median" }).ClickAsync();
        await Expect(legend.Locator("button[aria-pressed='true']")).ToHaveCountAsync(1);
        await Expect(legend.Locator("button[aria-pressed='true']")).ToHaveTextAsync("Median");

        await legend.GetByRole(AriaRole.Button, new() { Name = "Median" }).ClickAsync();
        await Expect(legend.Locator("button[aria-pressed='false']")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_unknown_address_says_so_inside_the_application()
    {
        ExpectInConsole("404");
        var answer = await Page.GotoAsync("/nothing-here");
        Assert.Equal(404, answer!.Status);
        await Expect(Page.Locator("h1")).ToHaveTextAsync("Page not found");
        await Page.GetByRole(AriaRole.Link, new() { Name = "Go to Overview" }).ClickAsync();
        await Expect(Page.Locator("main h1")).ToHaveTextAsync("Overview");
    }

    internal static async Task HoverChartAsync(ILocator card)
    {
        var plot = card.Locator(".apexcharts-plot-area, .apexcharts-grid").First;
        var box = (await plot.BoundingBoxAsync())!;
        await card.Page.Mouse.MoveAsync(box.X + (box.Width / 3), box.Y + (box.Height / 2));
        await card.Page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2), new() { Steps = 5 });
    }
}
