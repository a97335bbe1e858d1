using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser;

/// <summary>
/// A test that looks at pages in a browser. Each has a context of its own, signed in. It ends with the browser's console
/// being clean; when it fails, pictures of its pages are left in TestResults/browser.
/// </summary>
public abstract class PageTest(Chromium chromium, Site site) : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly List<Regex> _expected = [];
    private readonly List<IBrowserContext> _contexts = [];

    /// <summary>The program under test.</summary>
    protected PerfDashApp App => site.App;

    /// <summary>The page of this test, blank at first.</summary>
    protected IPage Page { get; private set; } = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Page = await NewPageAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        foreach (var (context, number) in _contexts.Select((c, i) => (c, i)))
        {
            if (failed || Unexpected.Count > 0)
                await KeepPicturesAsync(context, number);
            await context.CloseAsync();
        }

        Assert.True(Unexpected.Count == 0, string.Join("\n", Unexpected));
    }

    private List<string> Unexpected => [.. _complaints.Where(c => !_expected.Any(e => e.IsMatch(c)))];

    /// <summary>Allows the console what the test provokes.</summary>
    protected void ExpectInConsole(string pattern) => _expected.Add(new Regex(pattern));

    /// <summary>Counts the dialogs that scripts open on the page from now on, and dismisses them.</summary>
    protected Func<int> CountDialogs()
    {
        var dialogs = 0;
        Page.Dialog += (_, dialog) =>
        {
            dialogs++;
            _ = dialog.DismissAsync();
        };
        return () => dialogs;
    }

    protected async Task<IPage> NewPageAsync(BrowserNewContextOptions? options = null, bool signedIn = true)
    {
        options ??= new();
        options.BaseURL = site.App.Address;
        options.ViewportSize ??= new() { Width = 1440, Height = 900 };
        options.ReducedMotion ??= ReducedMotion.Reduce;
        options.ColorScheme ??= ColorScheme.Light;
        var context = await (await chromium.StartAsync()).NewContextAsync(options);
        _contexts.Add(context);
        // Only what would hang ends here: the machine may be busy.
        context.SetDefaultTimeout((float)Eventually.Limit.TotalMilliseconds);
        SetDefaultExpectTimeout((float)Eventually.Limit.TotalMilliseconds);
        if (signedIn)
            await context.AddCookiesAsync(site.Cookies);
        context.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                _complaints.Enqueue($"{message.Type}: {message.Text} ({new Uri(message.Page?.Url ?? site.App.Address).PathAndQuery})");
        };
        context.WebError += (_, e) => _complaints.Enqueue($"page error: {e.Error}");
        return await context.NewPageAsync();
    }

    /// <summary>Opens a page and waits for its first figures.</summary>
    protected async Task OpenAsync(string path = "/", IPage? page = null)
    {
        page ??= Page;
        await page.GotoAsync(path);
        await SettledAsync(page);
    }

    /// <summary>Waits until the page's heading is there and nothing on it is loading.</summary>
    protected static async Task SettledAsync(IPage page)
    {
        await Expect(page.Locator("main h1")).ToBeVisibleAsync();
        await Expect(page.Locator(".mud-skeleton, main [data-test][aria-busy=true]")).ToHaveCountAsync(0);
        foreach (var figure in await page.Locator(".apex-chart").AllAsync())
            await Expect(figure.Locator("svg.apexcharts-svg")).ToBeVisibleAsync();
    }

    protected static ILocator ByTest(IPage page, string name) => page.Locator($"[data-test='{name}']");

    protected ILocator ByTest(string name) => ByTest(Page, name);

    /// <summary>The figure of a card as a whole number.</summary>
    protected static async Task<long> CountOnAsync(IPage page, string card) =>
        long.Parse((await ByTest(page, card).Locator(".stat-value").InnerTextAsync()).Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Waits for a card to show a whole number.</summary>
    protected static Task ExpectCountAsync(IPage page, string card, long expected) =>
        Expect(ByTest(page, card).Locator(".stat-value")).ToHaveTextAsync(expected.ToString("N0", System.Globalization.CultureInfo.InvariantCulture));

    private static async Task KeepPicturesAsync(IBrowserContext context, int number)
    {
        var name = Regex.Replace(TestContext.Current.Test?.TestDisplayName ?? "test", "[^A-Za-z0-9_]+", "-");
        foreach (var (page, i) in context.Pages.Select((p, i) => (p, i)))
        {
            var path = Path.Combine(AppContext.BaseDirectory, "TestResults", "browser", $"{name}-{number}-{i}.png");
            try
            {
                await page.ScreenshotAsync(new() { Path = path, FullPage = true });
                TestContext.Current.SendDiagnosticMessage("Picture of the page: {0}", path);
            }
            catch (PlaywrightException e)
            {
                // A page that crashed has no picture; the test's own failure is what matters.
                TestContext.Current.SendDiagnosticMessage("No picture of the page: {0}", e.Message);
            }
        }
    }
}
