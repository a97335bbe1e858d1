using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PerfDash.Tests.Browser.Layout;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Comparison;

public sealed class ComparePageTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private ILocator Picker => ByTest("workflow-picker");

    private ILocator Sentence => ByTest("verdict-sentence");

    [Fact]
    public async Task Select_two_or_more_workflows_for_comparison()
    {
        await OpenAsync("/compare");
        await Expect(Page.GetByText("Choose at least two workflows")).ToBeVisibleAsync();
        await ChooseAsync("SDXL por");
        await Expect(Page).ToHaveURLAsync(new Regex(@"workflows=\d+$"));
        await ChooseAsync("FLUX.1 dev");
        // (What the verdict is depends on the day's jobs.)
        await Expect(Sentence).ToContainTextAsync("FLUX.1 dev fp8 character");
        await Expect(ByTest("compare-table").Locator("caption")).ToHaveTextAsync("The baseline is SDXL portrait.");
        await Expect(ByTest("compare-table").Locator("thead th")).ToHaveCountAsync(3);
        await Expect(ByTest("compare-table").Locator("thead")).ToContainTextAsync(new Regex(@"n = \d+ jobs? · baseline"));

        await ChooseAsync("Wan 2.1 T2V 14B");
        await Expect(ByTest("verdict-sentence")).ToHaveCountAsync(2);

        // The pinned baseline can be another.
        await Picker.GetByRole(AriaRole.Button, new() { Name = "Make baseline: FLUX.1 dev fp8 character" }).ClickAsync();
        await Expect(ByTest("compare-table").Locator("caption")).ToHaveTextAsync("The baseline is FLUX.1 dev fp8 character.");
        await Picker.GetByRole(AriaRole.Button, new() { Name = "Remove Wan 2.1 T2V 14B", Exact = true }).ClickAsync();
        await Expect(Sentence).ToHaveCountAsync(1);
        await Expect(Sentence).ToContainTextAsync("SDXL portrait");
        await ByTest("swap").ClickAsync();
        await Expect(ByTest("compare-table").Locator("caption")).ToHaveTextAsync("The baseline is SDXL portrait.");
        await SettledAsync(Page);
    }

    [Fact]
    public async Task Bar_chart_comparing_speed_quality_and_resource_usage()
    {
        var (plain, fine) = await AddPairAsync();
        await OpenAsync($"/compare?workflows={plain},{fine}");
        var bars = ByTest("compare-bars");
        foreach (var (group, figure) in new[] { ("Speed", "Time per frame, adjusted"), ("Quality", "Likeness, adjusted"), ("Resources", "Peak VRAM, adjusted") })
        {
            var chart = bars.Locator($"section[aria-label='{group}']");
            await Expect(chart).ToContainTextAsync(figure);
            await Expect(chart.Locator(".span-bar").First).ToBeVisibleAsync();
            await Expect(chart.Locator(".span-interval").First).ToBeAttachedAsync();
        }

        // The bar stands for the figure of the table beside it.
        var speed = await bars.Locator("section[aria-label='Speed'] .span-text").First.InnerTextAsync();
        var percent = double.Parse(Regex.Match(speed, @"[\d.]+").Value, System.Globalization.CultureInfo.InvariantCulture) - 100;
        await Expect(ByTest("compare-table")).ToContainTextAsync($"+{percent:0.0} % slower");

        var download = await Page.RunAndWaitForDownloadAsync(() => ByTest("compare-table").GetByRole(AriaRole.Button, new() { Name = "Download as CSV" }).ClickAsync());
        Assert.Contains("\"Time per frame, average\"", await File.ReadAllTextAsync(await download.PathAsync(), Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Highlight_trade_offs_in_human_readable_text()
    {
        var (plain, fine) = await AddPairAsync();
        await OpenAsync($"/compare?workflows={plain},{fine}");
        await Expect(ByTest("trade-offs").Locator("li").First).ToHaveTextAsync(new Regex("^Fine is 50 % slower per frame than Plain .*, but has 12 % higher likeness"));
        await Expect(Sentence).ToContainTextAsync("95 % interval");
        await Expect(ByTest("speed-verdict")).ToHaveTextAsync("Slower");
        await Expect(ByTest("quality-verdict")).ToHaveTextAsync("Better quality");
    }

    [Fact]
    public async Task Historical_comparison_same_workflow_before_and_after_parameter_changes()
    {
        var workflow = await AddChangedAsync();
        await OpenAsync($"/compare?workflows={workflow}");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Before and after" }).ClickAsync();
        await Expect(ByTest("split-picker").Locator("button[aria-pressed='true']").First).ToContainTextAsync("Steps changed from 30 to 18.");
        await Expect(Sentence).ToContainTextAsync(new Regex("^Changed \\(after\\) is 40 % faster per frame than before .*, but has .* lower likeness"));
        await Expect(ByTest("parameters").Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(ByTest("parameters").Locator("tbody")).ToContainTextAsync("Steps");

        // Of 1,000 ms sampling takes 400 less; the other stage and the total say so too.
        await Expect(ByTest("waterfall").Locator(".span-text")).ToHaveTextAsync([new Regex("^1.00 s/frame"), new Regex("^−400 ms/frame *saves time"), new Regex("^0 ms"), new Regex("^0 ms"), new Regex("^600 ms/frame")]);
        await SettledAsync(Page);
    }

    [Fact]
    public async Task Yesterdays_change_is_a_line_in_the_trend_and_leads_to_a_verdict()
    {
        var workflow = await AddChangedAsync();
        await App.Database.ExecuteAsync(
            "INSERT INTO performance_alert_thresholds (metric_name, scope_type, scope_id, warning_threshold, critical_threshold) VALUES ('time_per_frame_ms', 'workflow', @workflow, 900, 5000)",
            ("workflow", workflow));
        await OpenAsync($"/workflows/{workflow}");
        await Expect(ByTest("changes").Locator("li").First).ToContainTextAsync("Steps changed from 30 to 18.");
        var trend = Page.GetByRole(AriaRole.Region, new() { Name = "Time per frame over time" });
        await Expect(trend.Locator(".apexcharts-xaxis-annotations")).ToContainTextAsync("Steps 30 → 18");
        await Expect(trend.Locator(".apexcharts-yaxis-annotations")).ToHaveTextAsync(new Regex("^↑ Critical 5 s/frameWarning 900 ms/frame$"));

        // The moment under the pointer is marked in all charts over time.
        await Expect(Page.Locator(".pd-crosshair")).ToHaveCountAsync(0);
        await trend.Locator("svg.apexcharts-svg").HoverAsync();
        await Expect(Page.Locator(".pd-crosshair")).ToHaveCountAsync(2);

        await ByTest("changes").GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(Sentence).ToContainTextAsync(new Regex("^Changed \\(after\\) is 40 % faster per frame than before"));
    }

    [Fact]
    public async Task A_copied_link_shows_the_same_split_and_the_same_choice()
    {
        var page = await NewPageAsync(new() { Permissions = ["clipboard-read", "clipboard-write"] });
        await OpenAsync($"/compare?workflow={await AddChangedAsync()}&parameters=all", page);
        await Expect(ByTest(page, "verdict-sentence")).ToBeVisibleAsync();
        var (sentence, periods) = (await ByTest(page, "verdict-sentence").InnerTextAsync(), await ByTest(page, "split-periods").InnerTextAsync());
        await ByTest(page, "copy-link").ClickAsync();
        await Expect(page.GetByText("Link copied.")).ToBeVisibleAsync();
        var link = await page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        Assert.Contains("split=", link, StringComparison.Ordinal);

        await OpenAsync(link);
        await Expect(ByTest("split-periods")).ToHaveTextAsync(periods);
        await Expect(Sentence).ToHaveTextAsync(sentence);
        await Expect(ByTest("parameters").GetByRole(AriaRole.Button, new() { Name = "Show differences only" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_does_not_fit_a_comparison_is_said_and_can_be_mended()
    {
        await OpenAsync("/compare?workflows=1,999");
        await Expect(ByTest("error")).ToContainTextAsync("There is no workflow 999");
        await Picker.GetByRole(AriaRole.Button, new() { Name = "Remove #999 (unknown)" }).ClickAsync();
        await ChooseAsync("SDXL product");
        await Expect(Sentence).ToBeVisibleAsync();
        await Expect(ByTest("error")).ToHaveCountAsync(0);
        var jobs = ByTest("compare-table").GetByRole(AriaRole.Link, new() { Name = "Jobs of SDXL product shot" });
        await Expect(jobs).ToHaveAttributeAsync("href", new Regex(@"^/jobs\?from=.*&to=.*&workflow_id=2$"));
        await SettledAsync(Page);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1440)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task Nothing_keeps_assistive_technology_out_or_scrolls_sideways(ColorScheme scheme, int width)
    {
        var page = await NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 844 } });
        foreach (var path in new[] { "/compare?workflows=1,3,11", "/compare?workflow=3", "/compare" })
        {
            await OpenAsync(path, page);
            if (path != "/compare")
                await Expect(ByTest(page, "verdict-sentence").First).ToBeVisibleAsync();
            await SettledAsync(page);
            Assert.False(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"), $"{path} scrolls sideways.");
            await AppearanceTests.ExpectAccessibleAsync(page);
        }
    }

    // Twice as good figures need no luck to be distinguished: 40 jobs each on one worker and in one tier.
    private async Task<(long Plain, long Fine)> AddPairAsync()
    {
        var (plain, fine) = (await App.Database.AddWorkflowAsync("Plain"), await App.Database.AddWorkflowAsync("Fine"));
        await App.Database.AddJobsAsync([.. Enumerable.Range(0, 80).Select(i => Job(i % 2 == 0 ? plain : fine, i, i % 2 == 0 ? 1000 : 1500, i % 2 == 0 ? 0.8 : 0.9, 30))]);
        return (plain, fine);
    }

    private async Task<long> AddChangedAsync()
    {
        var workflow = await App.Database.AddWorkflowAsync("Changed");
        await App.Database.AddJobsAsync([.. Enumerable.Range(0, 80).Select(i => i < 40 ? Job(workflow, i, 600, 0.8, 18) : Job(workflow, i, 1000, 0.9, 30))]);
        return workflow;
    }

    private static FarmRow Job(long workflow, int hoursAgo, float time, double likeness, int steps) => new()
    {
        JobId = 1_000_000 + (workflow * 1000) + hoursAgo,
        WorkflowId = workflow,
        WorkerId = 1,
        Tier = "1080p",
        TimePerFrameMs = time,
        GpuTimeMs = (long)time * 10,
        Frames = 10,
        VramMb = 9000,
        Scores = new Dictionary<string, double> { ["likeness"] = likeness + (hoursAgo % 5 / 1000.0) },
        Stages = [("sample", (time - 200) * 10), ("save", 2000)],
        Parameters = new Dictionary<string, object> { ["steps"] = steps, ["sampler"] = "euler" },
        CompletedAt = DateTime.UtcNow.AddHours(-hoursAgo - 1),
    };

    private async Task ChooseAsync(string text)
    {
        await Picker.Locator("input").FillAsync(text);
        await Page.Locator(".mud-popover-open .mud-list-item").Filter(new() { HasText = text }).First.ClickAsync();
    }
}
