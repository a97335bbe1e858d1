using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Live;

public sealed class LiveUpdateTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    // A range without a moving start: no job leaves it while the test looks.
    private const string Today = "/?from=2020-01-01&to=now";

    private ILocator Mark => ByTest("live-mark");

    [Fact]
    public async Task A_completed_job_moves_the_figures_and_the_chart_in_place()
    {
        await OpenAsync(Today);
        var before = await CountOnAsync(Page, "jobs");
        var drawn = await LastBarAsync();
        await Page.EvaluateAsync("() => { window.stillHere = document.querySelector(\"section[aria-label='Throughput'] .pd-chart-plot\"); }");

        var job = await site.AddRunningJobAsync();
        await App.Database.CompleteAsync(job);

        await ExpectCountAsync(Page, "jobs", before + 1);
        await Eventually.ThatAsync(async () => await LastBarAsync() != drawn, "the chart shows the job");
        Assert.True(await Page.EvaluateAsync<bool>("() => window.stillHere?.isConnected === true"), "The page or its chart was built anew.");
    }

    [Fact]
    public async Task A_chart_in_a_tab_that_nobody_looks_at_is_drawn_when_somebody_does()
    {
        await Page.AddInitScriptAsync("Object.defineProperty(document, 'hidden', { get: () => window.isAway === true })");
        var looking = await NewPageAsync();
        await OpenAsync(Today);
        await OpenAsync(Today, looking);
        var before = await CountOnAsync(Page, "jobs");
        var drawn = await LastBarAsync();
        await Page.EvaluateAsync("() => { window.isAway = true; }");

        await site.CompleteAnotherJobAsync();
        await Eventually.ThatAsync(async () => await LastBarAsync(looking) != drawn, "the tab that is looked at draws it");
        await ExpectCountAsync(Page, "jobs", before + 1);
        Assert.Equal(drawn, await LastBarAsync());

        await Page.EvaluateAsync("() => { window.isAway = false; document.dispatchEvent(new Event('visibilitychange')); }");
        await Eventually.ThatAsync(async () => await LastBarAsync() == await LastBarAsync(looking), "it draws what it missed");
    }

    [Fact]
    public async Task Two_browsers_see_the_same_job_arrive()
    {
        var other = await NewPageAsync();
        await OpenAsync(Today);
        await OpenAsync(Today, other);
        var before = await CountOnAsync(Page, "jobs");
        await site.CompleteAnotherJobAsync();

        await ExpectCountAsync(Page, "jobs", before + 1);
        await ExpectCountAsync(other, "jobs", before + 1);
    }

    [Fact]
    public async Task A_paused_page_stands_still_and_counts_what_it_misses()
    {
        var other = await NewPageAsync();
        await OpenAsync(Today);
        await OpenAsync(Today, other);
        var before = await CountOnAsync(Page, "jobs");
        await Mark.ClickAsync();
        await Expect(Mark).ToHaveTextAsync("Paused");

        await site.CompleteAnotherJobAsync();
        await ExpectCountAsync(other, "jobs", before + 1);
        await Expect(Mark).ToHaveTextAsync("Paused · 1 new");
        await ExpectCountAsync(Page, "jobs", before);

        await Mark.ClickAsync();
        await Expect(Mark).ToHaveTextAsync("Live");
        await ExpectCountAsync(Page, "jobs", before + 1);
    }

    // The outline of the newest bar, which is all a chart shows from outside.
    private Task<string?> LastBarAsync(IPage? page = null) => (page ?? Page).Locator("section[aria-label='Throughput'] path.apexcharts-bar-area").Last.GetAttributeAsync("d");
}
