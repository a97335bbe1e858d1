using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PerfDash.Data.EmbeddedPostgres;
using PerfDash.Data.Migrations;

namespace PerfDash.Tests.Faults;

/// <summary>PostgreSQL stopped the hard way and started again beneath running instances. On a server of its own.</summary>
public sealed class ServerRestartTests : IAsyncLifetime
{
    private const int Restarts = 3;

    private readonly string _directory = Directory.CreateTempSubdirectory("perfdash-restart-").FullName;
    private EmbeddedPostgresServer? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        try
        {
            await StartServerAsync();
        }
        catch (EmbeddedPostgresException e) when (e.Message.Contains("not found", StringComparison.Ordinal))
        {
            Assert.Skip($"Restarting needs PostgreSQL programs on this machine. {e.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_server_stopped_at_once_and_started_again_costs_no_completion()
    {
        await using var relay = new TcpRelay(PortOf(_server!));
        var address = new NpgsqlConnectionStringBuilder(_server!.ConnectionString) { Host = "127.0.0.1", Port = relay.Port }.ConnectionString;
        await using var host = NpgsqlDataSource.Create(address + ";Application Name=host");
        await new DatabaseMigrator(host, NullLogger<DatabaseMigrator>.Instance).MigrateAsync(Cancel);
        await ExecuteAsync(host, "INSERT INTO workflows (name) VALUES ('w'); INSERT INTO workers (name) VALUES ('k')");
        await using var first = await Instance.StartAsync(address);
        await using var second = await Instance.StartAsync(address);

        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var completing = CompleteJobsAsync(host, done.Token);
        for (var i = 0; i < Restarts; i++)
        {
            await Task.Delay(500, Cancel);
            await StopAtOnceAsync();
            await StartServerAsync();
            relay.Target = PortOf(_server!);
        }

        await done.CancelAsync();
        var completed = await completing;

        await Eventually.EqualAsync(
            "0 pending, 0 missing, 0 twice",
            async () => await ScalarAsync<string>(host,
                """
                SELECT format('%s pending, %s missing, %s twice', (SELECT count(*) FROM job_completions),
                    (SELECT count(*) FROM jobs AS j WHERE NOT EXISTS (SELECT FROM performance_metrics AS m WHERE m.job_id = j.id)),
                    (SELECT count(*) - count(DISTINCT job_id) FROM performance_metrics))
                """));
        // A commit whose answer was cut off counts for the database, not for the host.
        Assert.InRange(await ScalarAsync<long>(host, "SELECT count(*) FROM performance_metrics"), completed, completed + (Restarts * 10));
        await Eventually.ThatAsync(() => Task.FromResult(first.State.Listening && second.State.Listening), "both listen again");
        first.AssertAlive();
        second.AssertAlive();
    }

    /// <summary>A host that goes on through everything and returns how many of its completions were confirmed.</summary>
    private static async Task<int> CompleteJobsAsync(NpgsqlDataSource host, CancellationToken cancellationToken)
    {
        var confirmed = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ExecuteAsync(host, "INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'completed' FROM generate_series(1, 10)");
                confirmed += 10;
            }
            catch (NpgsqlException)
            {
                // The server is away; so is this batch.
            }

            await Task.Delay(20, CancellationToken.None);
        }

        return confirmed;
    }

    private static int PortOf(EmbeddedPostgresServer server) => new NpgsqlConnectionStringBuilder(server.ConnectionString).Port;

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private async Task StartServerAsync() => _server = await EmbeddedPostgresServer.StartAsync(
        new EmbeddedPostgresOptions { DataDirectory = _directory }, null, Cancel);

    /// <summary>As <c>pg_ctl stop -m immediate</c>: SIGQUIT, nothing is written any more.</summary>
    private async Task StopAtOnceAsync()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(_directory, "postgres", "postmaster.pid"), Cancel);
        var pid = int.Parse(lines[0], CultureInfo.InvariantCulture);
        using var kill = Process.Start("sh", ["-c", $"kill -s QUIT {pid}"]);
        await kill.WaitForExitAsync(Cancel);
        await _server!.DisposeAsync();
        _server = null;
    }
}
