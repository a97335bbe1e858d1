using Npgsql;
using PerfDash.Core.Collection;

namespace PerfDash.Tests.Collection;

/// <summary>Where metrics of any age come to rest. A database for each test: partitions are what is looked at.</summary>
public sealed class MetricPartitionTests(PostgresServer server) : IAsyncLifetime
{
    private readonly TestDatabase _database = new(server);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        await _database.AddWorkflowAsync();
        await _database.AddWorkerAsync();
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData("2000-01-01 00:00Z", "performance_metrics_2000_01")]
    [InlineData("2019-07-31 23:59:59.999999Z", "performance_metrics_2019_07")]
    [InlineData("2019-08-01 01:00+02", "performance_metrics_2019_07")]
    [InlineData("1900-05-05 00:00Z", "performance_metrics_default")]
    [InlineData("0044-03-15 00:00Z BC", "performance_metrics_default")]
    [InlineData("2999-12-31 00:00Z", "performance_metrics_default")]
    public async Task A_metric_rests_in_the_partition_of_its_UTC_month_and_odd_years_in_the_default(string completedAt, string partition)
    {
        await _database.ExecuteAsync($"INSERT INTO jobs (workflow_id, worker_id, status, completed_at) VALUES (1, 1, 'completed', '{completedAt}')");

        await _database.DrainAsync();

        // A date .NET cannot hold is recorded as of now.
        if (completedAt.EndsWith("BC", StringComparison.Ordinal))
            partition = $"performance_metrics_{await _database.ScalarAsync<string>("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')")}";
        Assert.Equal(partition, await PartitionsAsync());
    }

    [Fact]
    public async Task Rows_in_the_default_partition_move_when_their_month_is_made()
    {
        await _database.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'running' FROM generate_series(1, 3);
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, created_at) VALUES (1, 1, 1, '2024-05-01Z'), (2, 1, 1, '2024-06-01Z')
            """);
        Assert.Equal("performance_metrics_default", await PartitionsAsync());

        await _database.ExecuteAsync("UPDATE jobs SET status = 'completed', completed_at = '2024-05-31 23:59Z' WHERE id = 3");
        await _database.DrainAsync();

        Assert.Equal("performance_metrics_2024_05,performance_metrics_default", await PartitionsAsync());
        Assert.Equal(2, await _database.CountAsync("performance_metrics_2024_05"));
        Assert.Equal(3, await _database.CountAsync("performance_metrics"));
    }

    [Fact]
    public async Task Next_months_partition_is_made_ahead()
    {
        await _database.AddCompletedJobAsync(1, 1, "{}");

        await _database.DrainAsync();

        Assert.True(await _database.ScalarAsync<bool>("SELECT to_regclass('performance_metrics_' || to_char((now() AT TIME ZONE 'UTC') + INTERVAL '1 month', 'YYYY_MM')) IS NOT NULL"));
    }

    [Fact]
    public async Task A_long_transaction_of_the_host_puts_the_partition_off_but_not_the_metric()
    {
        await using var connection = await _database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using (var write = new NpgsqlCommand("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'running')", connection))
            await write.ExecuteNonQueryAsync(Cancel);
        await _database.AddCompletedJobAsync(1, 1, "{}", new DateTime(2024, 5, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.Equal(new CollectedBatch(1, 1, 0), await _database.DrainAsync());
        Assert.Equal("performance_metrics_default", await PartitionsAsync());
        await transaction.CommitAsync(Cancel);

        // A minute later another look is taken; another instance has never looked.
        await using var other = TestDatabase.ServicesOver(_database.ConnectionString);
        await ((MetricPartitions)other.GetService(typeof(MetricPartitions))!).EnsureAsync([new DateTime(2024, 5, 9, 0, 0, 0, DateTimeKind.Utc)], Cancel);
        Assert.Equal("performance_metrics_2024_05", await PartitionsAsync());
    }

    [Fact]
    public async Task A_partition_of_the_admins_own_is_used_as_it_is()
    {
        await _database.ExecuteAsync("CREATE TABLE my_2024 PARTITION OF performance_metrics FOR VALUES FROM ('2024-01-01Z') TO ('2025-01-01Z')");
        await _database.AddCompletedJobAsync(1, 1, "{}", new DateTime(2024, 5, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.Equal(new CollectedBatch(1, 1, 0), await _database.DrainAsync());
        Assert.Equal("my_2024", await PartitionsAsync());
    }

    [Fact]
    public async Task Many_that_make_the_same_months_at_once_make_each_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var month = 1; month <= 6; month++)
                await _database.ScalarAsync<bool>($"SELECT perfdash_ensure_metrics_month('2023-{month:00}-15Z')");
        }));

        // Any may have found the way barred and left it to another.
        for (var month = 1; month <= 6; month++)
            Assert.True(await _database.ScalarAsync<bool>($"SELECT perfdash_ensure_metrics_month('2023-{month:00}-15Z')"));
        Assert.Equal(6, await _database.ScalarAsync<long>("SELECT count(*) FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'performance_metrics'::regclass AND relname LIKE '%2023%'"));
    }

    [Fact]
    public async Task A_partition_has_every_key_index_and_check_of_its_parent()
    {
        await _database.ScalarAsync<bool>("SELECT perfdash_ensure_metrics_month('2023-01-15Z')");
        const string Shape = """
            SELECT string_agg(line, E'\n' ORDER BY line) FROM (
                SELECT contype::text || ' ' || pg_get_constraintdef(oid) AS line FROM pg_constraint WHERE conrelid = @table::regclass AND (conparentid <> 0 OR contype = 'c' OR conrelid = 'performance_metrics'::regclass)
                UNION ALL
                SELECT 'index ' || string_agg(attname, ',' ORDER BY attnum) FROM pg_index JOIN pg_attribute ON attrelid = indexrelid WHERE indrelid = @table::regclass GROUP BY indexrelid) AS lines
            """;

        Assert.Equal(
            await _database.ScalarAsync<string>(Shape, ("table", "performance_metrics")),
            await _database.ScalarAsync<string>(Shape, ("table", "performance_metrics_2023_01")));
    }

    private Task<string> PartitionsAsync() => _database.ScalarAsync<string>("SELECT string_agg(DISTINCT tableoid::regclass::text, ',') FROM performance_metrics");
}
