using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PerfDash.Data.EmbeddedPostgres;
using PerfDash.Data.Migrations;

namespace PerfDash.Tests.Collection;

/// <summary>A host that commits in two phases, on a server that allows it.</summary>
public sealed class PreparedTransactionTests : IAsyncLifetime
{
    private const string Completed =
        """
        INSERT INTO workflows (name) VALUES ('Portrait'); INSERT INTO workers (name) VALUES ('gpu-1');
        BEGIN;
        INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed');
        PREPARE TRANSACTION 'host'
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("perfdash-prepared-").FullName;
    private EmbeddedPostgresServer? _server;
    private NpgsqlDataSource? _host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string> { ["max_prepared_transactions"] = "10", ["fsync"] = "off" };
        _server = await EmbeddedPostgresServer.StartAsync(new EmbeddedPostgresOptions { DataDirectory = _directory, ServerSettings = settings }, null, Cancel);
        _host = NpgsqlDataSource.Create(_server.ConnectionString + ";Pooling=false");
        await new DatabaseMigrator(_host, NullLogger<DatabaseMigrator>.Instance).MigrateAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
            await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_prepared_completion_is_captured_once_it_is_committed()
    {
        await using var program = PerfDashApp.Start(_server!.ConnectionString);
        await ExecuteAsync(Completed);

        await ExecuteAsync("COMMIT PREPARED 'host'");

        await Eventually.EqualAsync(1L, () => ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
    }

    [Fact]
    public async Task Only_a_setting_of_true_makes_the_trigger_notify_where_transactions_can_be_prepared()
    {
        await ExecuteAsync("UPDATE collection_settings SET notify = true");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(Completed));

        Assert.Contains("NOTIFY", refused.MessageText, StringComparison.Ordinal);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await _host!.OpenConnectionAsync(Cancel);
        foreach (var statement in sql.Split(';'))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _host!.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
