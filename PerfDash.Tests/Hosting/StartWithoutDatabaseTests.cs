using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PerfDash.Tests.Faults;

namespace PerfDash.Tests.Hosting;

/// <summary>The program starts while its database is away, comes, goes, or cuts connections; what waiting cannot mend ends it in a sentence.</summary>
public sealed class StartWithoutDatabaseTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_waits_says_so_and_goes_on_by_itself_when_the_database_is_there()
    {
        var database = await server.CreateEmptyDatabaseAsync();
        var (relay, connection) = RelayTo(database);
        await using var _ = relay;
        relay.Refusing = true;
        var logs = new RecordedLogs();

        await using var app = PerfDashApp.Start(connection, logs.Record);
        using var client = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(app)) };
        using var page = await client.GetAsync("/", Cancel);
        using var answer = await client.GetAsync("/performance/overview", Cancel);
        using var ready = await client.GetAsync("/health/ready", Cancel);
        using var live = await client.GetAsync("/health/live", Cancel);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (page.StatusCode, answer.StatusCode, ready.StatusCode, live.StatusCode));
        Assert.Contains("waits for its database", await page.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("waits for its database", await ready.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.True(ready.Headers.RetryAfter is null && page.Headers.RetryAfter is not null);
        await Eventually.ThatAsync(() => Task.FromResult(logs.Lines.Count(l => l.Contains($"127.0.0.1:{relay.Port}", StringComparison.Ordinal)) > 1), "a line for each attempt");
        Assert.All(logs.Lines, line => Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(database).Password!, line, StringComparison.Ordinal));

        relay.Refusing = false;

        await ReadyAsync(client);
        Assert.DoesNotContain(logs.Lines, line => (line.StartsWith("Error", StringComparison.Ordinal) && !line.Contains("HealthChecks", StringComparison.Ordinal)) || line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wherever_in_the_start_connections_are_cut_it_starts_all_the_same()
    {
        // What a start sends and receives, in pieces, shows where it can be cut.
        var whole = await PiecesOfAStartAsync(await server.CreateDatabaseAsync());
        Assert.InRange(whole, 20, 5000);
        for (var cut = 1; cut <= 6; cut++)
        {
            var database = cut % 3 == 0 ? await server.CreateEmptyDatabaseAsync() : await server.CreateDatabaseAsync();
            var (relay, connection) = RelayTo(database);
            await using var _ = relay;
            relay.CutAfterPieces = (whole * cut / 7) + cut;
            await using var app = PerfDashApp.Start(connection);
            using var client = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(app)) };
            await ReadyAsync(client);
            await Eventually.ThatAsync(
                async () => await ScalarAsync(database, "SELECT count(*) FROM scheduled_job_runs") is > 0L, $"the scheduler runs although piece {relay.CutAfterPieces} of {whole} was cut");
        }
    }

    [Fact]
    public async Task What_waiting_cannot_mend_ends_it_in_a_sentence()
    {
        var parts = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync());
        var role = $"perfdash_poor_{Guid.NewGuid():N}"[..24];
        await ExecuteAsync(parts.ConnectionString, $"CREATE ROLE {role} LOGIN PASSWORD 'p'");
        var changed = await server.CreateDatabaseAsync();
        await ExecuteAsync(changed, "UPDATE perfdash_migrations SET checksum = 'other' WHERE name LIKE '%data_protection%'");
        (string Connection, string Said)[] wrong =
        [
            (new NpgsqlConnectionStringBuilder(parts.ConnectionString) { Password = "wrong-one" }.ConnectionString, "refuses the password"),
            (new NpgsqlConnectionStringBuilder(parts.ConnectionString) { Username = role, Password = "p", Database = "perfdash_none" }.ConnectionString, "There is no database \"perfdash_none\""),
            (new NpgsqlConnectionStringBuilder(await server.CreateEmptyDatabaseAsync()) { Username = role, Password = "p" }.ConnectionString, "GRANT USAGE, CREATE ON SCHEMA public"),
            (new NpgsqlConnectionStringBuilder(parts.ConnectionString) { Username = role, Password = "p" }.ConnectionString, "permission denied for table perfdash_migrations"),
            (changed, "were changed after they were applied"),
        ];
        try
        {
            var runs = wrong.Select(w => ProgramRun.Start(["--urls", "http://127.0.0.1:0"], ("ConnectionStrings__PerfDash", w.Connection))).ToList();
            for (var i = 0; i < runs.Count; i++)
            {
                using var run = runs[i];
                var (code, output, error) = await run.EndAsync();
                Assert.Equal(1, code);
                Assert.Contains(wrong[i].Said, error, StringComparison.Ordinal);
                Assert.DoesNotContain("   at ", error + output, StringComparison.Ordinal);
                Assert.DoesNotContain("wrong-one", error + output, StringComparison.Ordinal);
            }
        }
        finally
        {
            await ExecuteAsync(parts.ConnectionString, $"DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task A_database_that_does_not_exist_yet_is_created_where_the_user_may()
    {
        var name = $"perfdash_made_{Guid.NewGuid():N}"[..24];
        var parts = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync());
        var made = new NpgsqlConnectionStringBuilder(parts.ConnectionString) { Database = name }.ConnectionString;
        using var run = ProgramRun.Start(["migrate"], ("ConnectionStrings__PerfDash", made));

        var (code, _, error) = await run.EndAsync();

        Assert.Equal((0, ""), (code, error));
        await ExecuteAsync(parts.ConnectionString, $"DROP DATABASE {name} WITH (FORCE)");
    }

    [Fact]
    public async Task It_may_be_stopped_more_than_once_also_after_it_was_disposed_of()
    {
        await using var app = PerfDashApp.Start(await server.CreateDatabaseAsync());
        var start = app.Services.GetServices<IHostedService>().Single(service => service.GetType().Name == "DatabaseStart");

        await start.StopAsync(Cancel);
        await start.StopAsync(Cancel);
        ((IDisposable)start).Dispose();
        await start.StopAsync(Cancel);
    }

    private static async Task<int> PiecesOfAStartAsync(string database)
    {
        var (relay, connection) = RelayTo(database);
        await using var _ = relay;
        await using var app = PerfDashApp.Start(connection);
        return relay.Pieces;
    }

    private static async Task ReadyAsync(HttpClient client) => await Eventually.ThatAsync(
        async () =>
        {
            using var ready = await client.GetAsync("/health/ready", Cancel);
            return ready.StatusCode == HttpStatusCode.OK;
        },
        "ready");

    private static (TcpRelay Relay, string Connection) RelayTo(string database)
    {
        var parts = new NpgsqlConnectionStringBuilder(database);
        var relay = new TcpRelay(parts.Port);
        return (relay, new NpgsqlConnectionStringBuilder(database) { Host = "127.0.0.1", Port = relay.Port }.ConnectionString);
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<object?> ScalarAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
