using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Collection;

public sealed class FirstJobTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    [Fact]
    public async Task An_empty_farm_says_how_to_send_the_first_job_and_turns_into_the_overview_when_it_came()
    {
        await OpenAsync();
        await Expect(Page.Locator("h1")).ToHaveTextAsync("No jobs recorded yet");
        var texts = await Page.Locator("pre").AllInnerTextsAsync();
        Assert.Contains($"curl {App.Address}/performance/jobs/completed", texts[0], StringComparison.Ordinal);

        // What the page asks a reader to do is what is done here.
        await App.Database.ExecuteAsync(texts[1]);
        await Expect(Page.Locator("h1")).ToHaveTextAsync("Overview");
        await ExpectCountAsync(Page, "jobs", 1);
        await Expect(ByTest("updated")).ToContainTextAsync("1 job ·");
        await Expect(ByTest("jobs")).ToContainTextAsync("no data for the previous 30 days");

        // A single value has no line: it is a mark, on an axis that reaches over the range.
        await SettledAsync(Page);
        var times = Page.Locator("section[aria-label='Time per frame']");
        var marks = await times.Locator("path.apexcharts-marker").EvaluateAllAsync<int>("marks => marks.filter(m => m.getBoundingClientRect().width > 4).length");
        Assert.Equal(3, marks);
        var days = await times.Locator(".apexcharts-xaxis-annotation-label").AllTextContentsAsync();
        Assert.True(days.Count > 2);
        Assert.Equal(days.Count, days.Distinct().Count());
    }
}
