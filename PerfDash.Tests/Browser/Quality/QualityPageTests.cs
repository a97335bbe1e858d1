using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PerfDash.Tests.Browser.Layout;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Quality;

public sealed class QualityPageTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private const string Script = "<img src=x onerror=alert(1)>";

    private ILocator Scatter => ByTest("relation").Locator("section[aria-label*=' against ']");

    [Fact]
    public async Task Likeness_score_distribution_histogram_per_workflow()
    {
        await OpenAsync("/quality");
        await Expect(ByTest("histogram")).ToHaveCountAsync(12);
        await Expect(ByTest("histograms")).ToContainTextAsync(new Regex(@"Top 12 of \d+ workflows by jobs"));
        await Expect(ByTest("histogram").First).ToContainTextAsync(new Regex(@"mean 0\.\d\d · n = \d+"));
        await Expect(ByTest("histogram").First.Locator("rect.histogram-bar").First).ToBeAttachedAsync();

        await Page.GetByRole(AriaRole.Button, new() { Name = "Overlay" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("view=overlay"));
        await Expect(Page.Locator("section[aria-label='Likeness distribution'] svg.apexcharts-svg")).ToBeVisibleAsync();

        await Page.GetByRole(AriaRole.Group, new() { Name = "Score", Exact = true }).GetByRole(AriaRole.Button, new() { Name = "Motion quality" }).ClickAsync();
        await Expect(Page.Locator("section[aria-label='Motion quality distribution'] svg.apexcharts-svg")).ToBeVisibleAsync();
        await SettledAsync(Page);
    }

    [Fact]
    public async Task Face_confidence_motion_quality_and_boundary_ssim_trends_over_time()
    {
        await OpenAsync("/quality");
        foreach (var score in new[] { "Face confidence", "Motion quality", "Boundary SSIM", "Likeness" })
            await Expect(ByTest("trends").Locator($"section[aria-label='{score}'] svg.apexcharts-svg .apexcharts-line-series path").First).ToBeAttachedAsync();
        await ByTest("trends").GetByRole(AriaRole.Button, new() { Name = "Week" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("bucket=week"));
        await Expect(ByTest("trends").Locator("section[aria-label='Boundary SSIM']")).ToContainTextAsync("per week (UTC)");
        await ByTest("trends").GetByRole(AriaRole.Button, new() { Name = "By workflow" }).ClickAsync();
        await Expect(ByTest("trends").Locator("section[aria-label='Likeness by workflow'] .pd-legend button")).ToHaveCountAsync(8);
        await SettledAsync(Page);
    }

    [Fact]
    public async Task Correlation_scatter_plot_of_parameter_values_against_quality_outcomes()
    {
        await OpenAsync("/quality?workflow_id=3&parameter=steps");
        await Expect(Scatter).ToContainTextAsync(new Regex(@"n = \d+ jobs, Pearson r = −?\d\.\d\d \(−?\d\.\d\d to −?\d\.\d\d\), Spearman ρ = −?\d\.\d\d \(−?\d\.\d\d to −?\d\.\d\d\)"));
        await Expect(Scatter.Locator(".pd-legend")).ToContainTextAsync("Linear fit");

        // Dragging a rectangle lists the jobs behind the points; the figures agree with the database.
        var plot = Scatter.Locator(".apexcharts-grid");
        await plot.ScrollIntoViewIfNeededAsync();
        var box = (await plot.BoundingBoxAsync())!;
        await Page.Mouse.MoveAsync((float)box.X + 2, (float)box.Y + 2);
        await Page.Mouse.DownAsync();
        await Page.Mouse.MoveAsync((float)(box.X + (box.Width * 0.97)), (float)(box.Y + (box.Height * 0.8)), new() { Steps = 5 });
        await Page.Mouse.UpAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("area="));
        var caption = ByTest("brushed-jobs").Locator("caption");
        await Expect(caption).ToContainTextAsync("with steps");
        double[] area = [.. Regex.Match(Uri.UnescapeDataString(Page.Url), "area=([^&]+)").Groups[1].Value.Split(',').Select(n => double.Parse(n, System.Globalization.CultureInfo.InvariantCulture))];
        var count = await App.Database.ScalarAsync<long>(
            """
            SELECT count(*) FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id
            WHERE m.workflow_id = 3 AND m.created_at >= now() - INTERVAL '30 days' AND (j.parameters ->> 'steps')::float8 BETWEEN @a AND @b
              AND (m.quality_scores_json ->> 'likeness')::float8 BETWEEN @c AND @d
            """,
            ("a", area[0]), ("b", area[1]), ("c", area[2]), ("d", area[3]));
        Assert.True(count > 0);
        await Expect(caption).ToContainTextAsync(count == 1 ? "1 job" : $"{count} jobs");

        // The keyboard says the same with four numbers.
        var fields = ByTest("area").Locator("input");
        await fields.Nth(2).FillAsync("0.5");
        await fields.Nth(3).FillAsync("1");
        await fields.Nth(3).PressAsync("Enter");
        await Expect(caption).ToContainTextAsync("likeness 0.50 to 1.00");

        await Expect(ByTest("brushed-jobs").Locator("tbody a").First).ToHaveAttributeAsync("href", new Regex(@"^/jobs/\d+"));
    }

    [Fact]
    public async Task A_parameter_of_words_is_answered_by_group_means()
    {
        await OpenAsync("/quality");
        await ByTest("parameter").SelectOptionAsync("sampler");
        await Expect(Page).ToHaveURLAsync(new Regex("parameter=sampler"));
        await Expect(Page.Locator("section[aria-label='Likeness by sampler'] svg.apexcharts-svg")).ToBeVisibleAsync();
        await SettledAsync(Page);
    }

    [Fact]
    public async Task Parallel_axes_can_be_brushed_and_lead_to_jobs()
    {
        // Longer than the farm's history: how many of a workflow's jobs fall into its last month goes by the time of day.
        await OpenAsync("/quality?from=now-80d&workflow_id=3");
        var figure = ByTest("parallel");
        var scored = await App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE workflow_id = 3 AND quality_scores_json IS NOT NULL");
        Assert.InRange(scored, 2, 500);
        await Expect(figure.Locator("path.parallel-line")).ToHaveCountAsync((int)scored);

        var axis = figure.Locator(".parallel-axis").Last;
        await axis.ScrollIntoViewIfNeededAsync();
        var box = (await axis.BoundingBoxAsync())!;
        var x = (float)(box.X + (box.Width / 2));
        await Page.Mouse.MoveAsync(x, (float)box.Y + 2);
        await Page.Mouse.DownAsync();
        await Page.Mouse.MoveAsync(x, (float)(box.Y + (box.Height / 2)), new() { Steps = 4 });
        await Page.Mouse.UpAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("ranges="));
        await Expect(figure.Locator("path.parallel-out").First).ToBeAttachedAsync();
        await Expect(ByTest("parallel-jobs").Locator("tbody tr").First).ToBeVisibleAsync();
        await Page.ReloadAsync();
        await Expect(figure.Locator("path.parallel-out").First).ToBeAttachedAsync();
        await Expect(ByTest("parallel-jobs").Locator("tbody a").First).ToHaveAttributeAsync("href", new Regex(@"^/jobs/\d+"));
        await SettledAsync(Page);
    }

    [Fact]
    public async Task Names_with_markup_in_them_stay_text_everywhere()
    {
        var dialogs = CountDialogs();
        var workflow = await App.Database.AddWorkflowAsync(Script);
        var worker = await App.Database.AddWorkerAsync(Script);
        for (var i = 0; i < 3; i++)
        {
            var job = await App.Database.AddCompletedJobAsync(workflow, worker, $$$"""{"frame_count": 10, "total_gpu_time_ms": 1000, "resolution_tier": "{{{Script}}}", "quality_scores": {"likeness": 0.{{{i + 5}}}, "{{{Script}}}": 0.5}}""", DateTime.UtcNow.AddMinutes(-i));
            await App.Database.ExecuteAsync("UPDATE jobs SET parameters = @parameters::jsonb WHERE id = @id", ("id", job), ("parameters", $$$"""{"{{{Script}}}": {{{i}}}, "name": "{{{Script}}}{{{i}}}"}"""));
        }

        await Eventually.EqualAsync(3L, () => App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE workflow_id = @id", ("id", workflow)));
        foreach (var path in new[] { $"/quality?workflows={workflow}&workflow_id={workflow}", $"/quality?score={Uri.EscapeDataString(Script)}&view=overlay&trend=workflows", $"/quality?workflow_id={workflow}&parameter=name", $"/compare?workflows=1,{workflow}&parameters=all" })
        {
            await OpenAsync(path);
            await Expect(Page.Locator("main").GetByText(Script).First).ToBeAttachedAsync();
            await SettledAsync(Page);
            await Expect(Page.Locator("main img")).ToHaveCountAsync(0);
        }

        Assert.Equal(0, dialogs());
    }

    [Theory]
    [InlineData(ColorScheme.Light, 390)]
    [InlineData(ColorScheme.Dark, 1440)]
    public async Task Nothing_keeps_assistive_technology_out_or_scrolls_sideways(ColorScheme scheme, int width)
    {
        var page = await NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 844 } });
        foreach (var path in new[] { "/quality?parameter=cfg&workflow_id=3&area=1,9,0.8,0.95", "/quality?view=overlay&trend=workflows&parameter=sampler" })
        {
            await OpenAsync(path, page);
            await Expect(ByTest(page, "parallel").Locator("path.parallel-line").First).ToBeAttachedAsync();
            await SettledAsync(page);
            Assert.False(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"), $"{path} scrolls sideways.");
            await AppearanceTests.ExpectAccessibleAsync(page);
        }
    }
}
