using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Npgsql;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Live;

public sealed class ConnectionLossTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private ILocator Mark => ByTest("live-mark");

    private ILocator Notice => Page.Locator("#connection-notice");

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
            await Expect(ByTest("error")).ToContainTextAsync(new Regex("The database (cannot be reached|does not accept connections).* Reference [0-9a-f]{8} in the log of the server. Showing data from"));
            await ByTest("error").GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
            await Expect(ByTest("error")).ToContainTextAsync("not currently accepting connections");
            await ExpectCountAsync(Page, "jobs", jobs);

            await Page.Locator(".app-drawer").GetByRole(AriaRole.Link, new() { Name = "Collection" }).ClickAsync();
            await Expect(ByTest("error")).ToContainTextAsync("not currently accepting connections");
            await Page.GoBackAsync();
            await Expect(ByTest("error")).ToContainTextAsync("not currently accepting connections");
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

        await Expect(Notice).ToContainTextAsync(new Regex(@"Reconnecting… Last data \d\d:\d\d:\d\d UTC\."));
        await Expect(Page.Locator(".live-mark-word")).ToBeHiddenAsync();
        await site.CompleteAnotherJobAsync();
        await ExpectCountAsync(Page, "jobs", before);

        await Page.Context.SetOfflineAsync(false);
        await Expect(Notice).ToBeHiddenAsync();
        await ExpectCountAsync(Page, "jobs", before + 1);
        await Expect(Page.Locator(".live-mark-word")).ToBeVisibleAsync();
        Assert.Equal(0, await ReloadsAsync());
    }

    [Fact]
    public async Task A_page_comes_back_by_itself_after_a_restart_of_the_server()
    {
        ExpectInConsole("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|Connection disconnected|WebSocket|Failed to (fetch|complete|start|load)|Cannot send data|rejected");
        var server = PerfDashApp.Start(App.Database.ConnectionString);
        var port = new Uri(PerfDashApp.AddressOf(server)).Port;
        try
        {
            await OpenAsync($"{PerfDashApp.AddressOf(server)}/?from=2020-01-01&to=now");
            var before = await CountOnAsync(Page, "jobs");
            await server.DisposeAsync();
            await Expect(Notice).ToContainTextAsync(new Regex(@"Reconnecting… Last data \d\d:\d\d:\d\d UTC\."));
            await ExpectCountAsync(Page, "jobs", before);
            await site.CompleteAnotherJobAsync();

            server = PerfDashApp.Start(App.Database.ConnectionString, port);
            await ExpectCountAsync(Page, "jobs", before + 1);
            await Expect(Notice).ToBeHiddenAsync();
            await Expect(Mark).ToHaveTextAsync("Live");
            Assert.Equal(1, await ReloadsAsync());

            // And again: the second reload waits, and comes.
            await server.DisposeAsync();
            await Expect(Notice).ToBeVisibleAsync();
            server = PerfDashApp.Start(App.Database.ConnectionString, port);
            await Expect(Notice).ToBeHiddenAsync();
            await ExpectCountAsync(Page, "jobs", before + 1);
            Assert.Equal(2, await ReloadsAsync());
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_page_whose_connection_died_unnoticed_is_loaded_again_when_somebody_looks_at_it()
    {
        ExpectInConsole("Connection disconnected|WebSocket|rejected|Cannot send data");
        await Page.AddInitScriptAsync(
            """
            (() => {
              const Native = WebSocket;
              window.sockets = [];
              window.WebSocket = class extends Native { constructor(...a) { super(...a); window.sockets.push(this); } };
              Object.defineProperty(document, 'hidden', { get: () => window.isAway === true });
            })()
            """);
        await OpenAsync("/?from=2020-01-01&to=now");
        var before = await CountOnAsync(Page, "jobs");
        // What a phone does that sleeps: nothing is sent or received any more, and time passes.
        await Page.EvaluateAsync(
            """
            () => {
              window.isAway = true;
              document.dispatchEvent(new Event('visibilitychange'));
              window.sockets.forEach(s => { s.send = () => { }; s.onmessage = null; });
              const now = Date.now;
              Date.now = () => now() + 180000;
            }
            """);
        await site.CompleteAnotherJobAsync();
        await Page.EvaluateAsync("() => { window.isAway = false; document.dispatchEvent(new Event('visibilitychange')); }");
        await ExpectCountAsync(Page, "jobs", before + 1);
        Assert.Equal(1, await ReloadsAsync());
        await Expect(Mark).ToHaveTextAsync("Live");
    }

    [Fact]
    public async Task While_jobs_cannot_be_recorded_every_page_says_so_and_since_when()
    {
        await OpenAsync("/?from=2020-01-01&to=now");
        var before = await CountOnAsync(Page, "jobs");
        await App.Database.ExecuteAsync(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON job_collections FOR EACH ROW EXECUTE FUNCTION refuse();
            """);
        try
        {
            await site.CompleteAnotherJobAsync();
            await Expect(ByTest("collection-problem")).ToContainTextAsync(
                new Regex(@"New jobs have not been recorded since \d+ \w+ \d\d:\d\d:\d\d UTC\. The database answered with an error: no space left\."));
            await Expect(Mark).ToHaveTextAsync("Not recording");

            await ByTest("collection-problem").GetByRole(AriaRole.Link).ClickAsync();
            await Expect(ByTest("pending").Locator(".stat-value")).ToContainTextAsync("1");
            await Expect(ByTest("pending")).ToContainClassAsync("stat-card-error");
            await Expect(ByTest("lag")).ToContainClassAsync("stat-card-error");
            await Expect(ByTest("failures")).ToContainTextAsync("No single job failed, but no job can be recorded at present");
            await Expect(ByTest("collection-problem")).ToBeVisibleAsync();
        }
        finally
        {
            await App.Database.ExecuteAsync("DROP FUNCTION refuse CASCADE");
        }

        await Expect(ByTest("collection-problem")).ToHaveCountAsync(0);
        await Expect(ByTest("failures")).ToContainTextAsync("No failed collections.");
        await Expect(ByTest("lag")).Not.ToContainClassAsync("stat-card-error");
        await OpenAsync("/?from=2020-01-01&to=now");
        await ExpectCountAsync(Page, "jobs", before + 1);
    }

    /// <summary>How often the page has loaded itself again.</summary>
    private Task<int> ReloadsAsync() => Page.EvaluateAsync<int>("() => JSON.parse(sessionStorage.getItem('perfdash-reloads') ?? '[]').length");

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
