using Microsoft.Playwright;

namespace PerfDash.Bench.Pages;

/// <summary>A Chromium that is signed in to a running PerfDash.</summary>
internal sealed class Browser : IAsyncDisposable
{
    // A page's figures are there when its heading is, and no placeholder is left.
    private const string Shown = "() => document.querySelector('main h1') !== null && document.querySelector('main .mud-skeleton') === null";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<Browser> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("PERFDASH_TEST_CHROMIUM") is { Length: > 0 } configured ? configured : "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        }));
    }

    /// <summary>A window of its own, with the cookies of <paramref name="storage"/>.</summary>
    public async Task<IBrowserContext> NewContextAsync(ColorScheme theme = ColorScheme.Light, int width = 1440, int height = 900, string? storage = null) =>
        await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = theme,
            ReducedMotion = ReducedMotion.Reduce,
            StorageState = storage,
        });

    /// <summary>Uses the one-time link and returns what a context needs to be signed in.</summary>
    public async Task<string> SignInAsync(Uri link)
    {
        var context = await NewContextAsync();
        var page = await context.NewPageAsync();
        await UseLinkAsync(page, link);
        await ShownAsync(page);
        var storage = await context.StorageStateAsync();
        await context.CloseAsync();
        return storage;
    }

    /// <summary>Opens the one-time link, presses its button and goes on without an account.</summary>
    public static async Task UseLinkAsync(IPage page, Uri link)
    {
        await page.GotoAsync(link.AbsoluteUri);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        if (page.Url.Contains("/first-account", StringComparison.Ordinal))
            await page.GetByRole(AriaRole.Link, new() { Name = "Continue without an account" }).ClickAsync();
    }

    /// <summary>Waits until an element is there and holds no placeholder.</summary>
    public static async Task ShownAsync(IPage page, string selector) => await page.WaitForFunctionAsync(
        "selector => { const shown = document.querySelector(selector); return shown !== null && shown.querySelector('.mud-skeleton') === null; }", selector, new() { PollingInterval = 10, Timeout = 120_000 });

    /// <summary>Waits for the figures of a page.</summary>
    public static async Task ShownAsync(IPage page) => await page.WaitForFunctionAsync(Shown, null, new() { PollingInterval = 10, Timeout = 120_000 });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
