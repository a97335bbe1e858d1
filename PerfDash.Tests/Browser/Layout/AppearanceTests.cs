using System.Diagnostics;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Layout;

/// <summary>Themes, small screens, the keyboard, and what assistive technology reads.</summary>
public sealed class AppearanceTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private static readonly string[] Grave = ["serious", "critical"];

    /// <summary>Pages that any screen must hold and any reader must be able to use.</summary>
    private static readonly string[] Paths =
    [
        "/workflows", "/workflows/1", "/workflows/999999", "/jobs", "/jobs?state=failed", "/jobs/1",
        "/alerts", "/alerts?section=thresholds", "/alerts?section=window-rules", "/alerts?section=channels", "/alerts?section=trail",
    ];

    private static Task<bool> ScrollsSidewaysAsync(IPage page) =>
        page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth");

    private static Task<string> GroundAsync(IPage page) =>
        page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('.mud-layout')).getPropertyValue('--mud-palette-background')");

    private static Task<string?> BarColourAsync(IPage page) => page.Locator("path.apexcharts-bar-area").Nth(3).GetAttributeAsync("fill");

    internal static async Task ExpectAccessibleAsync(IPage page)
    {
        // (What passes is not asked for: describing it took most of the time.)
        var result = await page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });
        var grave = result.Violations
            .Where(v => Grave.Contains(v.Impact))
            .Select(v => $"{page.Url} {v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Select(n => n.Html))}");
        Assert.True(!grave.Any(), string.Join("\n", grave));
    }

    [Fact]
    public async Task A_chosen_theme_restyles_the_charts_and_is_kept()
    {
        await OpenAsync();
        var (lightGround, lightBar) = (await GroundAsync(Page), await BarColourAsync(Page));
        await Page.GetByRole(AriaRole.Button, new() { Name = "Theme:" }).ClickAsync();
        await Page.GetByRole(AriaRole.Menuitem, new() { Name = "Dark" }).ClickAsync();
        await Eventually.ThatAsync(async () => await GroundAsync(Page) != lightGround, "the page turns dark");
        await Eventually.ThatAsync(async () => await BarColourAsync(Page) != lightBar, "the chart turns dark");

        await Page.ReloadAsync();
        await SettledAsync(Page);
        await Expect(Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        Assert.NotEqual(lightGround, await GroundAsync(Page));
    }

    [Fact]
    public async Task Without_a_choice_the_theme_follows_the_system()
    {
        await OpenAsync();
        var light = await GroundAsync(Page);
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Eventually.ThatAsync(async () => await GroundAsync(Page) != light, "the page follows the system into the dark");
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Eventually.EqualAsync(light, () => GroundAsync(Page));
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1440)]
    [InlineData(ColorScheme.Dark, 1440)]
    [InlineData(ColorScheme.Light, 390)]
    public async Task Nothing_keeps_assistive_technology_out(ColorScheme scheme, int width)
    {
        await App.Database.AddCompletedJobAsync(1, null, null, DateTime.UtcNow);
        await App.Database.AddCompletedJobAsync(1, 1, """{"frame_count": "many"}""", DateTime.UtcNow);
        var options = () => new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 844 } };
        var page = await NewPageAsync(options());
        await OpenAsync("/collection", page);
        await Expect(ByTest(page, "failures").Locator("tbody tr").First).ToBeVisibleAsync();
        await Expect(ByTest(page, "warnings").Locator("tbody tr").First).ToBeVisibleAsync();
        await ExpectAccessibleAsync(page);

        foreach (var path in Paths)
        {
            await OpenAsync(path, page);
            await ExpectAccessibleAsync(page);
        }

        await OpenAsync("/?from=never", page);
        await Expect(ByTest(page, "error")).ToBeVisibleAsync();
        await ExpectAccessibleAsync(page);

        await OpenAsync("/", page);
        await ExpectAccessibleAsync(page);
        await ByTest(page, "time-range").GetByRole(AriaRole.Button).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Custom range" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("From").FillAsync("never");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("from is not a date");
        await Expect(page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(0);
        await ExpectAccessibleAsync(page);

        var visitor = await NewPageAsync(options(), signedIn: false);
        await visitor.GotoAsync("/sign-in");
        await ExpectAccessibleAsync(visitor);
    }

    [Fact]
    public async Task A_small_screen_holds_the_pages_without_scrolling_sideways()
    {
        await App.Database.AddCompletedJobAsync(1, null, null, DateTime.UtcNow);
        await App.Database.AddCompletedJobAsync(1, 1, """{"frame_count": "many"}""", DateTime.UtcNow);
        var phone = await NewPageAsync(new() { ViewportSize = new() { Width = 390, Height = 844 }, HasTouch = true });
        await OpenAsync("/collection", phone);
        await Expect(ByTest(phone, "failures").Locator("tbody tr").First).ToBeVisibleAsync();
        Assert.False(await ScrollsSidewaysAsync(phone), "The collection scrolls sideways.");
        await OpenAsync("/?from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z", phone);
        Assert.False(await ScrollsSidewaysAsync(phone), "The overview scrolls sideways.");

        foreach (var path in Paths)
        {
            await OpenAsync(path, phone);
            Assert.False(await ScrollsSidewaysAsync(phone), $"{path} scrolls sideways.");
        }

        await OpenAsync("/", phone);
        await ByTest(phone, "live-mark").ClickAsync();
        // A job that is recorded before the server has the press is shown, not missed.
        await Expect(ByTest(phone, "live-mark")).ToHaveTextAsync("Paused");
        await site.CompleteAnotherJobAsync();
        await Expect(ByTest(phone, "live-mark")).ToHaveTextAsync("Paused · 1 new");
        foreach (var control in new[] { phone.GetByRole(AriaRole.Button, new() { Name = "Navigation" }), ByTest(phone, "time-range").GetByRole(AriaRole.Button), ByTest(phone, "live-mark"), phone.GetByRole(AriaRole.Button, new() { Name = "Theme:" }) })
        {
            var box = (await control.BoundingBoxAsync())!;
            Assert.True(box.X >= 0 && box.X + box.Width <= 390 && box.Y >= 0 && box.Y + box.Height <= 64, $"Outside the header: {await control.GetAttributeAsync("aria-label")}");
        }

        var navigation = phone.GetByRole(AriaRole.Button, new() { Name = "Navigation" });
        var link = phone.GetByRole(AriaRole.Link, new() { Name = "Collection" });
        await Expect(link).Not.ToBeInViewportAsync();
        await navigation.ClickAsync();
        await Expect(link).ToBeInViewportAsync();
        await Expect(navigation).ToHaveAttributeAsync("aria-expanded", "true");
        await navigation.ClickAsync();
        await Expect(link).Not.ToBeInViewportAsync();
    }

    [Fact]
    public async Task The_keyboard_alone_skips_chooses_a_range_and_pauses()
    {
        await OpenAsync();
        await Expect(Page.Locator("h1")).ToBeFocusedAsync();
        await Page.Locator(".skip-link").FocusAsync();
        await Expect(Page.Locator(".skip-link")).ToBeInViewportAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Locator("#content")).ToBeFocusedAsync();

        await Page.GetByRole(AriaRole.Button, new() { Name = "Navigation" }).FocusAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.PressAsync("Tab");
        await Expect(ByTest("search")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Expect(ByTest("range-earlier")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Expect(ByTest("time-range").GetByRole(AriaRole.Button)).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.GetByRole(AriaRole.Menuitem, new() { Name = "Last 24 hours" })).ToBeVisibleAsync();
        await FocusByArrowAsync("Last 7 days");
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page).ToHaveURLAsync(new Regex(@"from=now-7d$"));
        await Expect(Page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(0);

        await ByTest("time-range").GetByRole(AriaRole.Button).FocusAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Expect(ByTest("filters")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Expect(ByTest("bell")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Expect(ByTest("live-mark")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Space");
        await Expect(ByTest("live-mark")).ToHaveTextAsync("Paused");
    }

    private async Task FocusByArrowAsync(string item)
    {
        var wanted = Page.GetByRole(AriaRole.Menuitem, new() { Name = item });
        var started = Stopwatch.StartNew();
        while (!await wanted.EvaluateAsync<bool>("e => e === document.activeElement") && started.Elapsed < Eventually.Limit)
        {
            var before = await FocusedAsync();
            await Page.Keyboard.PressAsync("ArrowDown");
            // The server moves the focus: presses in a row would go past the item. A press before it listens is lost.
            for (var looks = 0; looks < 40 && await FocusedAsync() == before; looks++)
                await Task.Delay(50, Cancellation);
        }

        await Expect(wanted).ToBeFocusedAsync();

        Task<string> FocusedAsync() => Page.EvaluateAsync<string>("document.activeElement.textContent");
    }
}
