using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Npgsql;

namespace PerfDash.Tests.Health;

public sealed class HealthApiTests(PostgresServer server) : IAsyncDisposable
{
    private static readonly string[] Secrets = ["Password", "Host=", "Username", "perfdash_test_", "Npgsql", "   at "];

    private Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<Program>? _instance;
    private HttpClient? _client;
    private string _connectionString = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_instance is not null)
            await _instance.DisposeAsync();
    }

    [Fact]
    public async Task Ready_follows_the_database_and_live_does_not()
    {
        await StartAsync();
        await Eventually.ThatAsync(async () => (await GetAsync("ready")).Status == HttpStatusCode.OK, "ready after the start");
        Assert.Equal(["collector", "database", "migrations"], PartsOf(await GetAsync("ready"), "ok"));

        await OnServerAsync($"DROP DATABASE {NameOf(_connectionString)} WITH (FORCE)");

        await Eventually.ThatAsync(async () => (await GetAsync("ready")).Status == HttpStatusCode.ServiceUnavailable, "503 without the database");
        var ready = await GetAsync("ready");
        Assert.Superset(new HashSet<string>(["database", "migrations"]), new HashSet<string>(PartsOf(ready, "unavailable")));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("live")).Status);
        Assert.All(Secrets, s => Assert.DoesNotContain(s, ready.Body, StringComparison.OrdinalIgnoreCase));

        // What needs the database says that it failed, and nothing of how.
        _client!.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", PerfDashApp.ApiKey);
        using var overview = await _client.GetAsync("/performance/overview", Cancel);
        var problem = await overview.Content.ReadAsStringAsync(Cancel);
        Assert.True((int)overview.StatusCode is 500 or 503);
        Assert.Equal("application/problem+json", overview.Content.Headers.ContentType?.MediaType);
        Assert.All(Secrets, s => Assert.DoesNotContain(s, problem, StringComparison.OrdinalIgnoreCase));
        Assert.Equal("nosniff", overview.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task Ready_names_migrations_that_are_missing_and_a_collector_that_cannot_work()
    {
        await StartAsync();
        await using var source = NpgsqlDataSource.Create(_connectionString + ";Pooling=false");
        await using (var command = source.CreateCommand("DELETE FROM perfdash_migrations WHERE name LIKE '%data_protection%'; ALTER TABLE job_completions RENAME TO away"))
            await command.ExecuteNonQueryAsync(Cancel);

        await Eventually.ThatAsync(async () => PartsOf(await GetAsync("ready"), "unavailable").Contains("migrations"), "the migration is named");
        var ready = await GetAsync("ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Contains("data_protection", ready.Body, StringComparison.Ordinal);
        await Eventually.ThatAsync(async () => PartsOf(await GetAsync("ready"), "unavailable").Contains("collector"), "the collector is named");
        Assert.Equal(["database"], PartsOf(await GetAsync("ready"), "ok"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("live")).Status);
    }

    [Fact]
    public async Task Asking_too_often_is_refused_and_live_is_not_limited()
    {
        await StartAsync();
        await Eventually.ThatAsync(async () => (await GetAsync("ready")).Status == HttpStatusCode.OK, "ready after the start");

        var answers = await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => _client!.GetAsync("/health/ready", Cancel)));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests], answers.Select(a => a.StatusCode).Distinct().Order());
        Assert.All(answers.Where(a => a.StatusCode == HttpStatusCode.TooManyRequests), a => Assert.NotNull(a.Headers.RetryAfter));
        using var live = await _client!.GetAsync("/health/live", Cancel);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    private static string[] PartsOf((HttpStatusCode Status, string Body) answer, string status) =>
    [
        .. JsonElement.Parse(answer.Body).GetProperty("checks").EnumerateObject()
            .Where(p => p.Value.GetProperty("status").GetString() == status).Select(p => p.Name).Order(StringComparer.Ordinal),
    ];

    private static string NameOf(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Database!;

    private async Task StartAsync()
    {
        _connectionString = await server.CreateDatabaseAsync();
        _instance = PerfDashApp.Start(_connectionString, ("Serilog:MinimumLevel:Default", "Fatal"));
        _client = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(_instance)) };
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string what)
    {
        using var response = await _client!.GetAsync($"/health/{what}", Cancel);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private async Task OnServerAsync(string sql)
    {
        var postgres = new NpgsqlConnectionStringBuilder(_connectionString) { Database = "postgres", Pooling = false }.ConnectionString;
        await using var source = NpgsqlDataSource.Create(postgres);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
