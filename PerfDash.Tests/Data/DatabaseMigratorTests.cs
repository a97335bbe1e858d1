using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PerfDash.Core.Collection;
using PerfDash.Data.Migrations;

namespace PerfDash.Tests.Data;

/// <summary>Applying the SQL files, each test on a database of its own.</summary>
public sealed partial class DatabaseMigratorTests(PostgresServer server) : IAsyncLifetime
{
    private string _connectionString = "";
    private NpgsqlDataSource _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _connectionString = await server.CreateEmptyDatabaseAsync();
        _database = NpgsqlDataSource.Create(_connectionString);
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public void File_names_are_moments_in_order_and_say_what()
    {
        Assert.NotEmpty(DatabaseMigrator.All);
        Assert.All(DatabaseMigrator.All, migration =>
        {
            Assert.Matches(NamePattern(), migration.Name);
            Assert.True(DateTime.TryParseExact(migration.Name[..14], "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _), migration.Name);
        });
        Assert.Equal(DatabaseMigrator.All.Select(m => m.Name[..14]).Order(StringComparer.Ordinal).Distinct(), DatabaseMigrator.All.Select(m => m.Name[..14]));
    }

    [Fact]
    public async Task From_nothing_every_file_is_applied_in_order_and_a_second_run_applies_nothing()
    {
        Assert.Equal(DatabaseMigrator.All.Select(m => m.Name), await Migrator().PendingAsync(Cancel));

        Assert.Equal(DatabaseMigrator.All.Select(m => m.Name), await Migrator().MigrateAsync(Cancel));

        Assert.Empty(await Migrator().PendingAsync(Cancel));
        Assert.Empty(await Migrator().MigrateAsync(Cancel));
        Assert.Equal(DatabaseMigrator.All.Count, await ScalarAsync<long>("SELECT count(*) FROM perfdash_migrations"));
    }

    [Fact]
    public async Task Four_that_start_at_once_all_succeed_and_each_file_is_applied_once()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Migrator().MigrateAsync(Cancel), Cancel)));

        Assert.Equal(DatabaseMigrator.All.Select(m => m.Name), applied.SelectMany(names => names));
    }

    [Fact]
    public async Task A_file_that_fails_is_rolled_back_with_its_record_and_those_before_it_stay()
    {
        Migration[] files =
        [
            new("20260101000000_good.sql", "CREATE TABLE good (id INT)"),
            new("20260102000000_bad.sql", "CREATE TABLE half (id INT); SELECT 1 / 0;"),
            new("20260103000000_later.sql", "CREATE TABLE later (id INT)"),
        ];

        var failure = await Assert.ThrowsAsync<MigrationException>(() => Migrator(files).MigrateAsync(Cancel));

        Assert.Contains("20260102000000_bad.sql", failure.Message, StringComparison.Ordinal);
        Assert.Contains("division by zero", failure.Message, StringComparison.Ordinal);
        Assert.Equal("good,perfdash_migrations", await ScalarAsync<string>("SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"));
        Assert.Equal(["20260102000000_bad.sql", "20260103000000_later.sql"], await Migrator(files).PendingAsync(Cancel));

        files[1] = new(files[1].Name, "CREATE TABLE half (id INT)");
        Assert.Equal(["20260102000000_bad.sql", "20260103000000_later.sql"], await Migrator(files).MigrateAsync(Cancel));
    }

    [Fact]
    public async Task A_file_changed_after_it_was_applied_is_refused_by_name()
    {
        await Migrator([new("20260101000000_a.sql", "CREATE TABLE a (id INT);\nSELECT 1;")]).MigrateAsync(Cancel);

        Assert.Empty(await Migrator([new("20260101000000_a.sql", "CREATE TABLE a (id INT);\r\nSELECT 1;")]).MigrateAsync(Cancel));
        var refusal = await Assert.ThrowsAsync<MigrationException>(
            () => Migrator([new("20260101000000_a.sql", "CREATE TABLE a (id BIGINT)"), new("20260102000000_b.sql", "CREATE TABLE b (id INT)")]).MigrateAsync(Cancel));

        Assert.Contains("20260101000000_a.sql", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM perfdash_migrations"));
    }

    [Fact]
    public async Task A_hosts_own_tables_are_kept_with_their_rows_and_what_was_completed_before_is_collected()
    {
        await ExecuteAsync(
            """
            CREATE TYPE job_status AS ENUM ('pending', 'running', 'completed', 'failed', 'cancelled');
            CREATE TABLE workflows (id SERIAL PRIMARY KEY, name VARCHAR(80) NOT NULL, body TEXT);
            CREATE TABLE workers (id SERIAL PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE jobs (id SERIAL PRIMARY KEY, workflow_id INTEGER NOT NULL, worker_id INTEGER, status job_status NOT NULL, result JSON, completed_at TIMESTAMPTZ);
            INSERT INTO workflows (name) VALUES ('theirs');
            INSERT INTO workers (name) VALUES ('theirs');
            INSERT INTO jobs (workflow_id, worker_id, status, result, completed_at)
            SELECT 1, 1, CASE WHEN i % 2 = 0 THEN 'completed' ELSE 'running' END::job_status, '{"frame_count": 2, "frame_count": 3, "resolution_tier": "\u0000"}', '2025-03-03Z' FROM generate_series(1, 100) AS i;
            """);

        await Migrator().MigrateAsync(Cancel);

        await using var services = TestDatabase.ServicesOver(_connectionString);
        Assert.Equal(50, await services.GetRequiredService<Sweep>().RunAsync(Cancel));
        Assert.Equal(new CollectedBatch(50, 50, 0), await services.GetRequiredService<MetricCollector>().CollectAsync(1000, Cancel));
        await ExecuteAsync("UPDATE jobs SET status = 'completed', worker_id = 1 WHERE id = 1");
        Assert.Equal(new CollectedBatch(1, 1, 0), await services.GetRequiredService<MetricCollector>().CollectAsync(1000, Cancel));
        Assert.Equal(51, await ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE frame_count = 3"));
        Assert.Equal("integer", await ScalarAsync<string>("SELECT data_type FROM information_schema.columns WHERE table_name = 'jobs' AND column_name = 'id'"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE indrelid = 'jobs'::regclass AND pg_get_indexdef(indexrelid) LIKE '%(external_id)'"));
    }

    private DatabaseMigrator Migrator(IReadOnlyList<Migration>? migrations = null) => new(_database, NullLogger<DatabaseMigrator>.Instance, migrations);

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    [GeneratedRegex(@"^\d{14}_[a-z0-9]+(_[a-z0-9]+)*\.sql$")]
    private static partial Regex NamePattern();
}
