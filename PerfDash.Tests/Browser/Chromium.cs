using Microsoft.Playwright;
using PerfDash.Tests.Browser;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace PerfDash.Tests.Browser;

/// <summary>
/// One Chromium for the whole run, started by the first test that wants it: the one named by PERFDASH_TEST_CHROMIUM,
/// else the system's. Tests get contexts of their own, which share nothing.
/// </summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Usual = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly SemaphoreSlim _starting = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The browser; a machine without one skips the test.</summary>
    public async Task<IBrowser> StartAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _browser ??= await LaunchAsync();
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _starting.Dispose();
    }

    private async Task<IBrowser> LaunchAsync()
    {
        var configured = Environment.GetEnvironmentVariable("PERFDASH_TEST_CHROMIUM");
        var path = string.IsNullOrEmpty(configured) ? Usual.FirstOrDefault(File.Exists) : configured;
        if (path is null)
            Assert.Skip("No Chromium: install the package chromium-headless-shell, or name one in PERFDASH_TEST_CHROMIUM.");
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path,
            // Root, as in containers, has no sandbox; and nothing but the program under test is to be talked to.
            Args = ["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        });
    }
}
