using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PerfDash.Data;
using PerfDash.Data.EmbeddedPostgres;
using PerfDash.Data.Migrations;

namespace PerfDash.Bench;

/// <summary>A private PostgreSQL with its default durability and PerfDash's schema, in a temporary folder that goes with it.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly EmbeddedPostgresServer _server;
    private readonly DirectoryInfo _directory;

    private BenchServer(EmbeddedPostgresServer server, DirectoryInfo directory)
    {
        _server = server;
        _directory = directory;
        ConnectionString = new PerfDashDatabase(server.AdminConnectionString).ConnectionString;
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource DataSource { get; }

    /// <summary>Folder of pgbench and the like.</summary>
    public string BinDirectory => _server.BinDirectory;

    /// <summary>Folder for files of the run; removed with the server.</summary>
    public string Directory => _directory.FullName;

    public static async Task<BenchServer> StartAsync(CancellationToken stop)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("perfdash-bench-");
        var server = await EmbeddedPostgresServer.StartAsync(
            new EmbeddedPostgresOptions { DataDirectory = Path.Combine(directory.FullName, "data") }, null, stop);
        var started = new BenchServer(server, directory);
        await new DatabaseMigrator(started.DataSource, NullLogger<DatabaseMigrator>.Instance).MigrateAsync(stop);
        return started;
    }

    public async Task ExecuteAsync(string sql, CancellationToken stop)
    {
        await using var command = DataSource.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(stop);
    }

    public async Task<T> ScalarAsync<T>(string sql, CancellationToken stop)
    {
        await using var command = DataSource.CreateCommand(sql);
        command.CommandTimeout = 0;
        return (T)(await command.ExecuteScalarAsync(stop))!;
    }

    /// <summary>Returns when the outbox is empty; PerfDash must be running.</summary>
    public async Task UntilCollectedAsync(CancellationToken stop)
    {
        while (await ScalarAsync<bool>("SELECT EXISTS (SELECT FROM job_completions)", stop))
            await Task.Delay(50, stop);
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
