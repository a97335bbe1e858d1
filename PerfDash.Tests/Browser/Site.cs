using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Npgsql;
using PerfDash.Core.Demo;

namespace PerfDash.Tests.Browser;

/// <summary>The program with an empty database, and the cookie of a browser that has signed in (as IClassFixture).</summary>
public class Site(PostgresServer server) : IAsyncLifetime
{
    public PerfDashApp App { get; } = new(server);

    /// <summary>What signs a browser context in.</summary>
    public IReadOnlyList<Cookie> Cookies { get; private set; } = [];

    public virtual async ValueTask InitializeAsync()
    {
        await App.InitializeAsync();
        Cookies = await SignInAsync(App.Address, await App.SignInAddressAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Uses a sign-in link and returns the cookies it gave.</summary>
    public static async Task<IReadOnlyList<Cookie>> SignInAsync(string address, string link)
    {
        var cookies = new System.Net.CookieContainer();
        using var client = PerfDashApp.Browser(address, cookies);
        using var answer = await PerfDashApp.PressAsync(client, link);
        return CookiesFrom(cookies, address);
    }

    /// <summary>The cookies of a client as the browser takes them.</summary>
    public static IReadOnlyList<Cookie> CookiesFrom(System.Net.CookieContainer jar, string address) =>
        [.. jar.GetCookies(new Uri(address)).Select(c => new Cookie { Name = c.Name, Value = c.Value, Url = address })];
}

/// <summary>The program with two months of a demo farm.</summary>
public sealed class DemoSite(PostgresServer server) : Site(server)
{
    public const int Jobs = 2_000;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var history = new DemoHistory(App.Services.GetRequiredService<NpgsqlDataSource>(), App.Services.GetRequiredService<TimeProvider>());
        await history.SeedAsync(Jobs, days: 62, seed: 7, progress: null, TestContext.Current.CancellationToken);
    }

    /// <summary>A host's next job, not yet completed, on a workflow and a worker of the demo farm.</summary>
    public Task<long> AddRunningJobAsync() => App.Database.ScalarAsync<long>(
        """
        INSERT INTO jobs (workflow_id, worker_id, status, started_at)
        SELECT (SELECT min(id) FROM workflows), (SELECT min(id) FROM workers), 'running', now() - INTERVAL '1 minute' RETURNING id
        """);

    /// <summary>Completes one more job as a host does.</summary>
    public async Task CompleteAnotherJobAsync() => await App.Database.CompleteAsync(await AddRunningJobAsync());
}
