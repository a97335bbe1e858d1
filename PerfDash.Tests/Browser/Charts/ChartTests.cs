using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PerfDash.Tests.Browser.Overview;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Charts;

/// <summary>What charts show of data with gaps, single values and outliers, and how they behave while it changes.</summary>
public sealed class ChartTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    private const string Range = "from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:00Z&bucket=hour";

    private ILocator Trend => Page.Locator("section[aria-label='Time per frame over time']");

    [Fact]
    public async Task A_trend_shows_gaps_single_values_and_outliers_as_such_and_its_link_shows_the_same_view()
    {
        // Hours 0 to 8, 18 to 29, 31 alone, 40 to 47; one hour took fifty times as long.
        int[] hours = [.. Enumerable.Range(0, 9), .. Enumerable.Range(18, 12), 31, .. Enumerable.Range(40, 8)];
        var workflow = await AddJobsAsync(hours, hour => hour == 22 ? 50_000 : 1_000 + hour);
        await OpenAsync($"/workflows/{workflow}?{Range}");

        // Each unbroken run is a segment of its own: three with more than one hour.
        Assert.Equal(3, await SegmentsAsync("Average"));
        await Expect(Trend.Locator(".pd-chart-note")).ToHaveTextAsync(new Regex("values are above the axis, up to 50\\.0 s/frame"));
        await Expect(Trend.Locator(".apexcharts-point-annotation-label")).ToHaveTextAsync(["▲ 50.0 s/frame"]);
        Assert.All(await AxisSecondsAsync(), seconds => Assert.InRange(seconds, 0, 5));

        await Trend.GetByRole(AriaRole.Button, new() { Name = "Show all values" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("axis_trend=full"));
        await Expect(Trend.Locator(".pd-chart-note")).ToHaveCountAsync(0);
        Assert.Equal(50, (await AxisSecondsAsync()).Max());
        await Trend.GetByLabel("Value axis").SelectOptionAsync("Log");
        await Expect(Page).ToHaveURLAsync(new Regex("axis_trend=log"));
        await Expect(Trend.Locator(".apexcharts-yaxis-annotation-label").Filter(new() { HasText = "10 s" })).ToHaveCountAsync(1);

        await Trend.GetByRole(AriaRole.Button, new() { Name = "Lowest job" }).ClickAsync(new() { Modifiers = [KeyboardModifier.ControlOrMeta] });
        await Expect(Page).ToHaveURLAsync(new Regex("series_trend=-min"));
        await Page.ReloadAsync();
        await SettledAsync(Page);
        await Expect(Trend.Locator(".pd-legend button[aria-pressed='false']")).ToHaveTextAsync("Lowest job");
        await Expect(Trend.GetByLabel("Value axis")).ToHaveValueAsync("Log");

        await Trend.GetByRole(AriaRole.Button, new() { Name = "Show as table" }).ClickAsync();
        await Expect(Trend.Locator("tbody tr")).ToHaveCountAsync(48);
        await Expect(Trend.Locator("tbody tr").Nth(10).Locator("td").First).ToHaveTextAsync("–");
    }

    [Fact]
    public async Task A_workflow_with_a_single_job_today_shows_it_as_marks()
    {
        var workflow = await App.Database.AddWorkflowAsync("New today");
        var worker = await App.Database.AddWorkerAsync("gpu-1");
        await App.Database.AddCompletedJobAsync(workflow, worker, """{"frame_count": 10, "total_gpu_time_ms": 10000, "pipeline_stages": [{"name": "sample", "duration_ms": 9000}]}""", DateTime.UtcNow);
        await Support.Eventually.EqualAsync(1L, () => App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE workflow_id = @workflow", ("workflow", workflow)));
        // With motion, which a mark must not wait for.
        var page = await NewPageAsync(new() { ReducedMotion = ReducedMotion.NoPreference });
        await OpenAsync($"/workflows/{workflow}", page);
        var visible = await page.Locator("section[aria-label='Time per frame over time'] path.apexcharts-marker").EvaluateAllAsync<int>(
            "marks => marks.filter(m => m.getBoundingClientRect().width > 4 && m.checkVisibility({ opacityProperty: true })).length");
        // The average, its moving average, and both ends of the band.
        Assert.Equal(4, visible);
    }

    [Fact]
    public async Task The_moment_under_the_pointer_is_marked_once_on_each_chart_over_time()
    {
        await AddJobsAsync([.. Enumerable.Range(0, 48)], hour => 1_000 + hour);
        await OpenAsync("/?from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:00Z");
        await OverviewPageTests.HoverChartAsync(Page.Locator("section[aria-label='Time per frame']"));
        await Expect(Page.Locator(".pd-crosshair")).ToHaveCountAsync(2);
        await Expect(Page.Locator(".apexcharts-xcrosshairs.apexcharts-active")).ToHaveCountAsync(0);

        await Page.Locator("main h1").HoverAsync();
        await Expect(Page.Locator(".pd-crosshair")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Data_that_changes_and_charts_that_go_away_during_a_draw_leave_the_newest_data_or_nothing()
    {
        await AddJobsAsync([1], _ => 1_000);
        await OpenAsync("/?from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:00Z");
        var shown = await Page.EvaluateAsync<string[]>(
            """
            async () => {
              const { create } = await import("/Charts/ApexChart.razor.js");
              const callbacks = { invokeMethodAsync: async () => {} };
              const drawing = (kind, name, values) => ({
                kind, axis: "time", unit: "count", xUnit: "number", grain: "hour", xTitle: null, startAtZero: true, range: null, height: 200, dark: false, zoomable: false,
                clickable: false, brushable: false, hidden: null, scale: "auto", scalable: false, categories: [], bins: null, note: null, thresholds: [], markers: [],
                series: ["a", "b"].map(key => ({ key, name: `${name} ${key}`, color: "#2194D2", style: "solid", variant: 0, pointColors: null, points: values.map((v, i) => [i * 3600000, v, 0]) })),
              });
              const element = () => document.querySelector("main").appendChild(document.createElement("div"));

              const changed = element();
              const chart = await create(changed, callbacks, drawing("line", "first", [1, 2]));
              const updates = Array.from({ length: 12 }, (_, i) => chart.update(drawing(i % 2 ? "bar" : "line", `update ${i}`, i % 3 ? [i, null, 3] : [])));
              await Promise.all(updates);

              // One that is taken away while it is drawn for the first time, and one while it changes.
              const early = element();
              const creating = create(early, callbacks, drawing("line", "early", [1, 2]));
              early.remove();
              const left = await creating;
              left.update(drawing("bar", "late", [3]));
              await left.dispose();
              const late = element();
              const ending = await create(late, callbacks, drawing("line", "late", [1, 2]));
              const last = ending.update(drawing("bar", "late", [3]));
              late.remove();
              await Promise.all([last, ending.dispose()]);
              return [changed.querySelector(".pd-legend button").textContent, String(changed.querySelectorAll("svg.apexcharts-svg").length), late.innerHTML, early.innerHTML];
            }
            """);
        Assert.Equal(["update 11 a", "1", "", ""], shown);
    }

    private async Task<long> AddJobsAsync(int[] hours, Func<int, double> timePerFrameMs)
    {
        var before = await App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics");
        var workflow = await App.Database.AddWorkflowAsync("Portrait");
        var worker = await App.Database.AddWorkerAsync("gpu-1");
        foreach (var hour in hours)
        {
            var result = string.Create(CultureInfo.InvariantCulture, $$"""{"frame_count": 10, "total_gpu_time_ms": {{timePerFrameMs(hour) * 10}}}""");
            await App.Database.AddCompletedJobAsync(workflow, worker, result, new DateTime(2026, 11, 20, 0, 30, 0, DateTimeKind.Utc).AddHours(hour));
        }

        await Support.Eventually.ThatAsync(async () => await App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics") >= before + hours.Length, "the jobs are recorded");
        return workflow;
    }

    // A line that goes on somewhere else begins there anew, with a move.
    private async Task<int> SegmentsAsync(string series)
    {
        var index = (await Trend.Locator(".pd-legend button").AllInnerTextsAsync()).ToList().IndexOf(series);
        Assert.Equal(0, index);
        var paths = await Trend.Locator(".apexcharts-line-series .apexcharts-line").EvaluateAllAsync<string[]>(
            "lines => lines.filter(l => l.getAttribute('stroke-dasharray') === '0' && l.getAttribute('stroke-width') === '2.25').map(l => l.getAttribute('d'))");
        // Two runs of at least two hours after each other have a move between them; a move with nothing after it draws nothing.
        return paths.Sum(p => Regex.Count(p, "M [-0-9.]+ [-0-9.]+(?= *[LC])"));
    }

    private async Task<double[]> AxisSecondsAsync() =>
    [
        .. (await Trend.Locator(".apexcharts-yaxis-label tspan").AllTextContentsAsync()).Where(t => t.Trim().Length > 0)
            .Select(t => double.Parse(t.Split(' ')[0], CultureInfo.InvariantCulture) / (t.Contains("ms", StringComparison.Ordinal) ? 1000 : 1)),
    ];
}
