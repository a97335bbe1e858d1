using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PerfDash.Tests.HostData;
using PerfDash.Tests.Support;
using PerfDash.Tests.TaskList;
using PerfDash.Web.Layout;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser;

/// <summary>Every page over a farm of odd rows: none fails, none of them makes the page wider, and what is good is there.</summary>
public sealed partial class OddRowsPagesTests(Chromium chromium, OddRowsSite site) : PageTest(chromium, site), IClassFixture<OddRowsSite>
{
    private const string Wide = "from=2000-01-01&to=2100-01-01";

    private const string Everything = "from=0001-01-01&to=9999-12-31T23:59:59.9999999Z";

    // Views of pages, and single workflows, workers and jobs: 1 are good ones, the others have the odd names, prices and results.
    private static readonly string[] Views =
    [
        "/workflows/1", "/workflows/4", "/compare?workflows=1,2,3,4", "/compare?mode=history&workflow=1", "/workers?view=vram", "/workers?view=coverage", "/workers?view=failures",
        "/workers/1", "/workers/2", "/workers/4", "/quality?score=huge", "/quality?view=overlay", "/estimate?workflow=1&frames=48", "/jobs?state=failed", "/jobs?state=pending",
        "/jobs/1", "/jobs/10", "/jobs/60", "/jobs/75", "/jobs/120", "/alerts?section=trail",
    ];

    [Fact]
    public async Task Every_page_opens_over_odd_rows()
    {
        List<string> faults = [];
        foreach (var address in Destination.All.Select(d => $"{d.Address}?{Everything}").Concat(Destination.All.Select(d => d.Address).Concat(Views).Select(InWide)))
        {
            await OpenAsync(address);
            foreach (var width in new[] { 390, 1440 })
                faults.AddRange((await FaultsAsync(Page, width)).Select(fault => $"{address} at {width} px: {fault}"));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));

        static string InWide(string path) => $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Wide}";
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

    private static async Task<List<string>> FaultsAsync(IPage page, int width)
    {
        // The layout follows the new width, then the charts do.
        await page.SetViewportSizeAsync(width, 900);
        await Expect(page.Locator(".mud-drawer--open")).ToHaveCountAsync(width > 960 ? 1 : 0);
        List<string> faults = [];
        var text = await page.Locator("main").InnerTextAsync();
        faults.AddRange(Notices().Matches(text).Select(found => found.Value));
        if (await page.Locator("main [data-test=error]").CountAsync() > 0)
            faults.Add(await page.Locator("main [data-test=error]").First.InnerTextAsync());
        faults.AddRange(await page.EvaluateAsync<string[]>(
            """
            () => {
                const wrong = [];
                if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
                    const widest = [...document.querySelectorAll('main *')].map(e => ({ e, right: e.getBoundingClientRect().right })).filter(x => !x.e.closest('.data-table')).sort((a, b) => b.right - a.right)[0];
                    wrong.push(`the page scrolls sideways, ${document.documentElement.scrollWidth} px: <${widest.e.localName} class="${widest.e.getAttribute('class')}"> to ${Math.round(widest.right)}`);
                }
                for (const e of document.querySelectorAll('main td, main th, main .stat-value, main .stat-note, main h1, main h2, main a')) {
                    if (e.getBoundingClientRect().height > 200 && !e.querySelector('table')) wrong.push(`a text is ${Math.round(e.getBoundingClientRect().height)} px high: ${e.textContent.trim().slice(0, 40)}`);
                }
                return wrong;
            }
            """));
        return faults;
    }

    [GeneratedRegex(@"An error occurred[^\n]*|The database[^\n]*|(?<!−|-)Infinity(?! \(not)|NaN(?! \(not)|[^\n]*could not be loaded[^\n]*", RegexOptions.ExplicitCapture)]
    private static partial Regex Notices();
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
