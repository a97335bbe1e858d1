using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Layout;

public sealed class TimeRangeTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private ILocator Range => ByTest("time-range").GetByRole(AriaRole.Button);

    private ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    private async Task ChooseAsync(string label)
    {
        await Range.ClickAsync();
        await Page.GetByRole(AriaRole.Menuitem, new() { Name = label }).ClickAsync();
    }

    private async Task<long> JobsOfAsync(string days) =>
        await App.Database.ScalarAsync<long>($"SELECT count(*) FROM performance_metrics WHERE created_at >= now() - INTERVAL '{days} days'");

    [Fact]
    public async Task A_chosen_range_stands_in_the_address_and_survives_reload_copying_and_back()
    {
        await OpenAsync();
        Assert.Equal("", new Uri(Page.Url).Query);
        await Expect(Range).ToHaveTextAsync("Last 30 days");

        await ChooseAsync("Last 7 days");
        await Expect(Page).ToHaveURLAsync(new Regex(@"/\?from=now-7d$"));
        await Expect(ByTest("jobs")).ToContainTextAsync("vs previous 7 days");
        var jobs = await JobsOfAsync("7");
        Assert.InRange(await CountOnAsync(Page, "jobs"), jobs, jobs + 1);

        await Page.ReloadAsync();
        await SettledAsync(Page);
        await Expect(Range).ToHaveTextAsync("Last 7 days");
        await Expect(ByTest("jobs")).ToContainTextAsync("vs previous 7 days");

        var copy = await NewPageAsync();
        await OpenAsync(new Uri(Page.Url).PathAndQuery, copy);
        await Expect(ByTest(copy, "jobs")).ToContainTextAsync("vs previous 7 days");

        await Page.GoBackAsync();
        await Expect(Range).ToHaveTextAsync("Last 30 days");
        await Expect(ByTest("jobs")).ToContainTextAsync("vs previous 30 days");
    }

    [Fact]
    public async Task A_range_is_moved_widened_and_refreshed_and_minutes_are_drawn_where_it_is_short()
    {
        await OpenAsync();
        await ChooseAsync("Yesterday");
        await Expect(Page).ToHaveURLAsync(new Regex(@"/\?from=now-1d%2Fd&to=now%2Fd$"));
        await Expect(Range).ToHaveTextAsync("Yesterday");
        await ByTest("range-earlier").ClickAsync();
        var midnight = DateTime.UtcNow.Date;
        await Expect(Page).ToHaveURLAsync(new Regex($"from={midnight.AddDays(-2):yyyy-MM-dd}T00.*to={midnight.AddDays(-1):yyyy-MM-dd}T00"));
        await ByTest("range-later").ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex($"from={midnight.AddDays(-1):yyyy-MM-dd}T00.*to={midnight:yyyy-MM-dd}T00"));
        await Range.ClickAsync();
        await ByTest("zoom-out").ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex($"from={midnight.AddDays(-2):yyyy-MM-dd}T"));

        await ChooseAsync("Last 6 hours");
        await Expect(Page.Locator("section[aria-label='Throughput']")).ToContainTextAsync("minute");
        await Range.ClickAsync();
        await ByTest("refresh-now").ClickAsync();
        await SettledAsync(Page);
        await Expect(ByTest("error")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_range_goes_along_to_the_other_pages()
    {
        await OpenAsync("/?from=now-24h");
        await Page.GetByRole(AriaRole.Link, new() { Name = "Collection" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex(@"/collection\?from=now-24h$"));
    }

    [Fact]
    public async Task A_custom_range_is_checked_before_it_is_applied()
    {
        await OpenAsync();
        await ChooseAsync("Custom range");
        await Expect(Page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(0);
        var from = Dialog.GetByLabel("From");
        var apply = Dialog.GetByRole(AriaRole.Button, new() { Name = "Apply" });
        await Expect(apply).ToBeEnabledAsync();

        await from.FillAsync("yesterday");
        await Expect(Dialog).ToContainTextAsync("from is not a date");
        await Expect(apply).ToBeDisabledAsync();
        await from.FillAsync("now-5d");
        await Dialog.GetByLabel("To").FillAsync("now-9d");
        await Expect(Dialog).ToContainTextAsync("from must be before to");
        await Dialog.GetByLabel("To").FillAsync("now-1d");
        await apply.ClickAsync();

        await Expect(Dialog).ToHaveCountAsync(0);
        await Expect(Page).ToHaveURLAsync(new Regex(@"/\?from=now-5d&to=now-1d$"));
        await Expect(ByTest("jobs")).ToContainTextAsync("vs previous 4 days");
    }

    [Fact]
    public async Task Dragging_over_a_chart_looks_closer()
    {
        await OpenAsync();
        var card = Page.Locator("section[aria-label='Throughput']");
        var box = (await card.Locator(".apexcharts-grid").First.BoundingBoxAsync())!;
        await Page.Mouse.MoveAsync(box.X + (box.Width * 0.4f), box.Y + (box.Height / 2));
        await Page.Mouse.DownAsync();
        await Page.Mouse.MoveAsync(box.X + (box.Width * 0.7f), box.Y + (box.Height / 2), new() { Steps = 8 });
        await Page.Mouse.UpAsync();

        await Expect(Page).ToHaveURLAsync(new Regex(@"/\?from=\d{4}-\d\d-\d\dT.*&to=\d{4}-\d\d-\d\dT"));
        await Expect(ByTest("jobs")).Not.ToContainTextAsync("previous 30 days");
        // A third of the thirty days, as wide as what was dragged.
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(Page.Url).Query);
        var days = (DateTime.Parse(query["to"]!, null) - DateTime.Parse(query["from"]!, null)).TotalDays;
        Assert.InRange(days, 6, 12);

        await Page.GoBackAsync();
        await Expect(ByTest("jobs")).ToContainTextAsync("vs previous 30 days");
    }

    [Theory]
    [InlineData("?from=yesterday")]
    [InlineData("?from=2026-11-20&to=2026-11-10")]
    [InlineData("?to=%3Cscript%3E")]
    public async Task An_unusable_range_in_the_address_is_explained_and_can_be_left(string query)
    {
        await Page.GotoAsync("/" + query);
        await Expect(ByTest("error")).ToContainTextAsync("The time range in the address is not valid");
        await Expect(Range).ToHaveTextAsync("Invalid range");

        await ChooseAsync("Custom range");
        await Expect(Dialog.GetByRole(AriaRole.Button, new() { Name = "Apply" })).ToBeEnabledAsync();
        await Expect(Dialog.GetByLabel("From")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Escape");
        await Expect(Dialog).ToHaveCountAsync(0);
        await ChooseAsync("Last 90 days");
        await SettledAsync(Page);
        await Expect(ByTest("error")).ToHaveCountAsync(0);
        await Expect(ByTest("jobs")).ToContainTextAsync("90 days");
    }
}
