using Microsoft.Playwright;
using Npgsql;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser;

public sealed class ConnectionLossTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private ILocator Mark => ByTest("live-mark");

    [Fact]
    public async Task While_the_database_is_away_the_last_figures_stay_and_the_page_says_so()
    {
        await OpenAsync();
        var jobs = await CountOnAsync(Page, "jobs");
        await AllowConnectionsAsync(false);
        try
        {
            await Expect(Mark).ToHaveTextAsync("Disconnected");
            await Page.GetByRole(AriaRole.Button, new() { Name = "GPU time" }).ClickAsync();
            await Expect(ByTest("error")).ToContainTextAsync("The database did not answer. What you see is from");
            await ByTest("error").GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
            await Expect(ByTest("error")).ToContainTextAsync("The database did not answer.");
            await ExpectCountAsync(Page, "jobs", jobs);

            await Page.GetByRole(AriaRole.Link, new() { Name = "Collection" }).ClickAsync();
            await Expect(Page.Locator("main .mud-alert")).ToContainTextAsync("The database did not answer.");
            await Page.GoBackAsync();
            await Expect(ByTest("error")).ToContainTextAsync("The database did not answer.");
        }
        finally
        {
            await AllowConnectionsAsync(true);
        }

        // The connections of the test's own pool are gone too.
        App.Database.DataSource.Clear();
        await Expect(Mark).ToHaveTextAsync("Live");
        await Expect(ByTest("error")).ToHaveCountAsync(0);
        await SettledAsync(Page);
        var before = await CountOnAsync(Page, "jobs");
        await site.CompleteAnotherJobAsync();
        await ExpectCountAsync(Page, "jobs", before + 1);
    }

    [Fact]
    public async Task A_browser_that_lost_the_server_says_so_and_goes_on_when_it_is_back()
    {
        // Opened sockets are not cut by going offline, so the page's own are closed from within.
        await Page.AddInitScriptAsync(
            "(() => { const Native = WebSocket; window.sockets = []; window.WebSocket = class extends Native { constructor(...a) { super(...a); window.sockets.push(this); } }; })()");
        ExpectInConsole("ERR_INTERNET_DISCONNECTED|Connection disconnected|WebSocket|Failed to (fetch|complete|start)|Cannot send data|reconnect");
        await OpenAsync("/?from=2020-01-01&to=now");
        var before = await CountOnAsync(Page, "jobs");
        await Page.Context.SetOfflineAsync(true);
        await Page.EvaluateAsync("() => window.sockets.forEach(s => s.close())");

        await Expect(Page.GetByText("Connection lost")).ToBeVisibleAsync();
        await site.CompleteAnotherJobAsync();
        await ExpectCountAsync(Page, "jobs", before);

        await Page.Context.SetOfflineAsync(false);
        await Expect(Page.Locator("#components-reconnect-modal")).ToBeHiddenAsync();
        await ExpectCountAsync(Page, "jobs", before + 1);
    }

    private async Task AllowConnectionsAsync(bool allow)
    {
        var database = new NpgsqlConnectionStringBuilder(App.Database.ConnectionString);
        var name = database.Database!;
        (database.Database, database.Pooling) = ("postgres", false);
        await using var maintenance = NpgsqlDataSource.Create(database.ConnectionString);
        await using var switched = maintenance.CreateCommand($"ALTER DATABASE {name} ALLOW_CONNECTIONS {allow}");
        await switched.ExecuteNonQueryAsync(Cancellation);
        if (allow)
            return;
        await using var cut = maintenance.CreateCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1");
        cut.Parameters.AddWithValue(name);
        await cut.ExecuteNonQueryAsync(Cancellation);
    }
}
