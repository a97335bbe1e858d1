using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Npgsql;

namespace PerfDash.Tests.Faults;

/// <summary>What a route answers where the database is away, or a query reaches its time limit.</summary>
public sealed class RoutesWithoutDatabaseTests(PostgresServer server) : IAsyncLifetime
{
    private readonly TestDatabase _database = new(server);
    private TcpRelay _relay = null!;
    private WebApplicationFactory<Program> _program = null!;
    private HttpClient _client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        var direct = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        _relay = new TcpRelay(direct.Port);
        _program = PerfDashApp.Start(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Host = "127.0.0.1", Port = _relay.Port, CommandTimeout = 2 }.ConnectionString);
        _client = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(_program)) };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", PerfDashApp.ApiKey);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _program.DisposeAsync();
        await _relay.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_is_away_is_503_and_a_query_beyond_its_time_limit_504()
    {
        Assert.Equal(HttpStatusCode.OK, await AskAsync());

        await using (var holder = await _database.DataSource.OpenConnectionAsync(Cancel))
        await using (var held = await holder.BeginTransactionAsync(Cancel))
        {
            await using var locking = new NpgsqlCommand("LOCK TABLE performance_metrics IN ACCESS EXCLUSIVE MODE", holder);
            await locking.ExecuteNonQueryAsync(Cancel);
            Assert.Equal(HttpStatusCode.GatewayTimeout, await AskAsync());
        }

        await Eventually.EqualAsync(HttpStatusCode.OK, AskAsync);

        _relay.Refusing = true;
        await _database.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync());

        _relay.Refusing = false;
        await Eventually.EqualAsync(HttpStatusCode.OK, AskAsync);
    }

    /// <summary>The status; of a refusal also looks at what goes with it.</summary>
    private async Task<HttpStatusCode> AskAsync()
    {
        using var response = await _client.GetAsync(new Uri("/performance/overview?from=now-1d", UriKind.Relative), Cancel);
        if (!response.IsSuccessStatusCode)
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
            var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement;
            Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
            Assert.Contains("ry again", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        return response.StatusCode;
    }
}
