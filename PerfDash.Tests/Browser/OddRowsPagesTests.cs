using System.Text.RegularExpressions;
using PerfDash.Tests.HostData;
using PerfDash.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser;

/// <summary>Every page over a farm of odd rows: none fails, none of them makes the page wider, and what is good is there.</summary>
public sealed class OddRowsPagesTests(Chromium chromium, OddRowsSite site) : PageTest(chromium, site), IClassFixture<OddRowsSite>
{
    private const string All = "from=2000-01-01&to=2100-01-01";

    private static readonly string[] Faults = ["An error occurred", "The database did not answer", "Infinity"];

    [Fact]
    public async Task Every_page_opens_over_odd_rows_and_shows_the_good_ones()
    {
        await OpenAsync($"/?{OddRows.Range}");
        await ExpectCountAsync(Page, "jobs", 5);
        await OpenAsync("/settings");
        await Expect(ByTest("settings-workers").GetByText("NaN (not counted)")).ToBeVisibleAsync();

        List<string> faults = [];
        string[] paths =
        [
            $"/?{All}", $"/workflows?{All}", $"/workflows/1?{OddRows.Range}", $"/workflows/1?{All}", $"/workflows/4?{All}", $"/quality?{All}", $"/compare?workflows=1,2,3,4&{All}",
            $"/compare?mode=history&workflow=1&{All}", $"/workers?{All}", $"/workers?view=vram&{All}", $"/workers?view=coverage&{All}", $"/workers?view=failures&{All}", $"/workers/1?{OddRows.Range}",
            $"/workers/2?{All}", $"/workers/4?{All}", $"/jobs?{All}", "/jobs?state=failed", "/jobs?state=pending", "/jobs/1", "/jobs/10", "/jobs/60", "/jobs/75", "/jobs/120", "/estimate?workflow=1&frames=48", "/alerts", "/collection",
            "/?from=0001-01-01&to=9999-12-31T23:59:59.9999999Z",
        ];
        foreach (var path in paths)
        {
            await OpenAsync(path);
            var text = await Page.Locator("main").InnerTextAsync();
            faults.AddRange(Faults.Where(fault => Regex.IsMatch(text, $@"(?<!−){fault}(?! \(not)", RegexOptions.ExplicitCapture)).Select(fault => $"{path}: {fault}"));
            if (await Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))
                faults.Add($"{path}: the page scrolls sideways");
        }

        Assert.Empty(faults);
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
