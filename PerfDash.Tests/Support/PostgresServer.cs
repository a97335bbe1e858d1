using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PerfDash.Data.EmbeddedPostgres;
using PerfDash.Data.Migrations;
using Testcontainers.PostgreSql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace PerfDash.Tests.Support;

/// <summary>
/// One PostgreSQL for the whole run: the one named by PERFDASH_TEST_POSTGRES, else a container where Docker answers, else
/// a private server from local binaries. Databases are copies of a migrated template, so each costs milliseconds.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string Template = "perfdash_test_template";

    private IAsyncDisposable? _owned;
    private string? _directory;
    private string _connectionString = "";
    private int _databases;

    /// <summary>What kind of server it is, for skip reasons.</summary>
    public string Kind { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _connectionString = await StartAsync();
        await ExecuteAsync(_connectionString, $"DROP DATABASE IF EXISTS {Template} WITH (FORCE)");
        await ExecuteAsync(_connectionString, $"CREATE DATABASE {Template}");
        await using var template = NpgsqlDataSource.Create(For(Template) + ";Pooling=false");
        await new DatabaseMigrator(template, NullLogger<DatabaseMigrator>.Instance).MigrateAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_owned is not null)
            await _owned.DisposeAsync();
        if (_directory is not null)
            Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Makes a migrated database of one's own and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync() => await CreateAsync($"TEMPLATE {Template}");

    /// <summary>Makes a database without any table.</summary>
    public async Task<string> CreateEmptyDatabaseAsync() => await CreateAsync("TEMPLATE template0");

    /// <summary>Drops a database made here, and then a role whose objects and rights were all in it.</summary>
    public async Task DropAsync(string database, string role)
    {
        await ExecuteAsync(_connectionString, $"DROP DATABASE {new NpgsqlConnectionStringBuilder(database).Database} WITH (FORCE)");
        await ExecuteAsync(_connectionString, $"DROP ROLE {role}");
    }

    private async Task<string> CreateAsync(string how)
    {
        var name = $"perfdash_test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(_connectionString, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        await ExecuteAsync(_connectionString, $"CREATE DATABASE {name} {how}");
        return For(name);
    }

    private async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("PERFDASH_TEST_POSTGRES") is { Length: > 0 } configured)
        {
            Kind = "configured";
            return configured;
        }

        try
        {
            var container = new PostgreSqlBuilder("postgres:16").WithCommand("-c", "fsync=off", "-c", "max_connections=300").Build();
            await container.StartAsync();
            _owned = container;
            Kind = "container";
            return container.GetConnectionString();
        }
        catch (Exception e) when (e.GetType().Name.Contains("Docker", StringComparison.Ordinal) || e is ArgumentException or HttpRequestException or TimeoutException)
        {
            Console.WriteLine($"No Docker engine answers ({e.Message.Split('\n')[0]}); tests run on a private PostgreSQL.");
        }

        _directory = Directory.CreateTempSubdirectory("perfdash-tests-").FullName;
        var server = await EmbeddedPostgresServer.StartAsync(
            new EmbeddedPostgresOptions
            {
                DataDirectory = _directory,
                ServerSettings = new Dictionary<string, string>
                {
                    ["fsync"] = "off",
                    ["synchronous_commit"] = "off",
                    ["full_page_writes"] = "off",
                    ["max_connections"] = "300",
                },
            },
            null,
            TestContext.Current.CancellationToken);
        _owned = server;
        Kind = "private";
        return server.AdminConnectionString;
    }

    private string For(string database) => new NpgsqlConnectionStringBuilder(_connectionString) { Database = database, MaxPoolSize = 40 }.ConnectionString;

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
