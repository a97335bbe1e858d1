using System.Globalization;
using Microsoft.Playwright;
using PerfDash.Tests.Browser.Layout;
using PerfDash.Tests.HostData;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.HostData;

/// <summary>Pages over a farm of odd rows: what is good is there, and what cannot be shown is named.</summary>
public sealed class OddRowsPagesTests(Chromium chromium, OddRowsSite site) : PageTest(chromium, site), IClassFixture<OddRowsSite>
{
    private const string Wide = "from=2000-01-01&to=2100-01-01";

    [Theory]
    [InlineData("")]
    [InlineData("from=0001-01-01&to=9999-12-31T23:59:59.9999999Z")]
    public async Task Every_page_loads_whatever_the_range(string range)
    {
        // What has id 11 or 1500 in a demo farm has id 1 here.
        foreach (var path in ReachTests.Paths.Select(p => p.Replace("1500", "1", StringComparison.Ordinal).Replace("11", "1", StringComparison.Ordinal)))
        {
            await OpenAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{range}");
            // No part of it has failed, and the circuit lives: what is shown is not only the page as first sent.
            await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Retry" })).ToHaveCountAsync(0);
            await Expect(Page.Locator("#components-reconnect-modal:visible, #blazor-error-ui:visible")).ToHaveCountAsync(0);
        }
    }

    [Fact]
    public async Task The_good_rows_have_their_figures()
    {
        // Five jobs of ten frames; the job of number i took i seconds.
        foreach (var (path, card) in new[] { ("/", "jobs"), ("/workflows/1", "jobs"), ("/workers/1", "jobs") })
        {
            await OpenAsync($"{path}?{OddRows.Range}");
            await ExpectCountAsync(Page, card, 5);
            await Expect(ByTest("time-per-frame").Locator(".stat-value")).ToHaveTextAsync("300 ms/frame");
        }

        await OpenAsync($"/workflows?{OddRows.Range}");
        await Expect(ByTest("workflows").Locator("tbody tr").Filter(new() { HasText = "Good" })).ToContainTextAsync("300 ms");
        await OpenAsync($"/jobs?{OddRows.Range}");
        await Expect(ByTest("jobs-table").Locator("tbody th")).ToHaveTextAsync(["5", "4", "3", "2", "1"]);
        await OpenAsync($"/quality?{OddRows.Range}&score=likeness");
        await Expect(Page.Locator("main")).ToContainTextAsync("n = 5 jobs");
    }

    [Fact]
    public async Task Sums_beyond_what_is_counted_in_are_named()
    {
        // Among the odd jobs are several of 2^63 − 1 ms, so that two of them are more than a BIGINT holds.
        Assert.True(await App.Database.ScalarAsync<bool>(
            "SELECT sum(total_gpu_time_ms) > 9223372036854775807 FROM performance_metrics WHERE workflow_id = 1 AND created_at BETWEEN '2000-01-01' AND '2100-01-01'"));
        await OpenAsync($"/?{Wide}");
        await Expect(ByTest("gpu-hours").Locator(".stat-value")).ToHaveTextAsync("–");
        await Expect(ByTest("gpu-hours")).ToContainTextAsync("too large to add up");
        await OpenAsync($"/workflows/1?{Wide}");
        await Expect(ByTest("gpu-time")).ToContainTextAsync("total too large to add up");
        await OpenAsync($"/workflows?{Wide}");
        await Expect(ByTest("workflows").Locator("tbody tr").Filter(new() { HasText = "Good" })).ToContainTextAsync("too large to add up");
    }

    [Fact]
    public async Task Prices_that_do_not_count_are_marked()
    {
        await OpenAsync("/settings");
        foreach (var (name, price) in new[] { ("Worker 2", "NaN"), ("Worker 3", "-5"), ("minus", "-Infinity"), ("dear", "1000000000000000000000000000000") })
        {
            var cell = ByTest("settings-workers").Locator("tbody tr").Filter(new() { Has = Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }) }).GetByText("(not counted)");
            await Expect(cell).ToHaveTextAsync($"{price} (not counted)");
            await Expect(cell).ToHaveAttributeAsync("title", "Not counted: only prices from 0 to 1,000,000,000 are.");
        }

        // What counts is not marked: 3.6, thirty decimals, the most there may be, and next to nothing.
        await Expect(ByTest("settings-workers").GetByText("(not counted)")).ToHaveCountAsync(5);
    }

    [Fact]
    public async Task Of_thousands_of_scores_and_stages_the_top_25_are_drawn()
    {
        await OpenAsync($"/workflows/1?{Wide}");
        // The API names all.
        var detail = await App.GetJsonAsync($"workflow/1?{Wide}");
        await ExpectTopAsync("scores", detail.GetProperty("quality_scores").GetArrayLength(), "jobs");
        await ExpectTopAsync("stages", detail.GetProperty("pipeline_stages").GetArrayLength(), "total");
        // What five jobs have comes before thousands of names that one job has.
        await Expect(ByTest("scores").Locator("tbody")).ToContainTextAsync("Likeness");

        async Task ExpectTopAsync(string table, int all, string by)
        {
            Assert.True(all > 25, $"{all} {table}");
            await Expect(ByTest(table).Locator("caption")).ToContainTextAsync(string.Create(CultureInfo.InvariantCulture, $"Top 25 of {all:N0} by {by}"));
            await Expect(ByTest(table).Locator("tbody tr")).ToHaveCountAsync(25);
        }
    }
}

/// <summary>The program with <see cref="OddRows"/>, recorded.</summary>
public sealed class OddRowsSite(PostgresServer server) : Site(server)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await OddRows.WriteAsync(App.Database);
        await Eventually.EqualAsync(0L, () => App.Database.ScalarAsync<long>("SELECT count(*) FROM job_completions"));
    }
}
