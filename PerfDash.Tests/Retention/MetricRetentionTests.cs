using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Collection;
using PerfDash.Core.Retention;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Retention;

/// <summary>What is deleted when retention is configured, and what never is. A database for each test: partitions are what is looked at.</summary>
public sealed class MetricRetentionTests(PostgresServer server) : IAsyncLifetime
{
    private readonly TestDatabase _database = new(server);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        await _database.AddWorkflowAsync();
        await _database.AddWorkerAsync();
        // One in each of the last 400 days, and one that rests in the default partition.
        await _database.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, worker_id, status, completed_at) SELECT 1, 1, 'completed', now() - i * INTERVAL '1 day' FROM generate_series(0, 399) AS i;
            INSERT INTO jobs (workflow_id, worker_id, status, completed_at) VALUES (1, 1, 'completed', '1999-05-05Z')
            """);
        await _database.DrainAsync();
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Whole_months_are_dropped_the_rest_is_deleted_and_no_job_is_recorded_again()
    {
        Assert.Equal(401, await _database.CountAsync("performance_metrics"));
        await using var instance = Keeping(TimeSpan.FromDays(100));

        var result = await instance.GetRequiredService<MetricRetention>().RunAsync(Cancel);

        Assert.Equal(100, await _database.CountAsync("performance_metrics"));
        Assert.Equal(0, await _database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE created_at < now() - INTERVAL '100 days'"));
        Assert.InRange(result.Partitions, 9, 11);
        Assert.Equal(301 - result.Rows, await _database.ScalarAsync<long>("SELECT count(*) FROM jobs WHERE completed_at > '2000-01-01Z' AND completed_at < date_trunc('month', now() AT TIME ZONE 'UTC' - INTERVAL '100 days') AT TIME ZONE 'UTC'"));
        Assert.False(await _database.ScalarAsync<bool>("SELECT to_regclass('performance_metrics_' || to_char((now() - INTERVAL '200 days') AT TIME ZONE 'UTC', 'YYYY_MM')) IS NOT NULL"));
        Assert.Equal(401, await _database.CountAsync("job_collections"));

        // Neither the sweep nor the host's rewriting brings one back.
        Assert.Equal(0, await _database.Get<Sweep>().RunAsync(Cancel));
        await _database.ExecuteAsync("UPDATE jobs SET error = 'touched'");
        await _database.DrainAsync();
        Assert.Equal(100, await _database.CountAsync("performance_metrics"));
        Assert.Equal(new RetentionResult(0, 0), await instance.GetRequiredService<MetricRetention>().RunAsync(Cancel));
    }

    [Fact]
    public async Task Unless_it_is_configured_nothing_is_ever_deleted()
    {
        Assert.Equal(new RetentionResult(0, 0), await _database.Get<MetricRetention>().RunAsync(Cancel));

        Assert.Equal(401, await _database.CountAsync("performance_metrics"));
    }

    [Fact]
    public async Task A_long_look_at_the_metrics_only_puts_retention_off()
    {
        await using var connection = await _database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using (var read = new Npgsql.NpgsqlCommand("SELECT count(*) FROM performance_metrics", connection))
            await read.ExecuteScalarAsync(Cancel);
        await using var instance = Keeping(TimeSpan.FromDays(300));

        var running = instance.GetRequiredService<MetricRetention>().RunAsync(Cancel);
        await Eventually.ThatAsync(
            () => _database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"),
            "retention waits");
        // Others are kept waiting behind it for a moment only.
        await _database.AddCompletedJobAsync(1, 1, "{}");
        Assert.Equal(new CollectedBatch(1, 1, 0), await _database.DrainAsync());
        Assert.False(running.IsCompleted);
        await transaction.CommitAsync(Cancel);

        Assert.True((await running).Partitions > 0);
    }

    [Fact]
    public async Task A_partition_of_the_admins_own_stays_and_loses_its_old_rows()
    {
        await _database.ExecuteAsync("CREATE TABLE my_2010 PARTITION OF performance_metrics FOR VALUES FROM ('2010-01-01Z') TO ('2011-01-01Z'); INSERT INTO jobs (workflow_id, worker_id, status, completed_at) VALUES (1, 1, 'completed', '2010-05-05Z')");
        await _database.DrainAsync();
        await using var instance = Keeping(TimeSpan.FromDays(1000));

        Assert.Equal(new RetentionResult(0, 2), await instance.GetRequiredService<MetricRetention>().RunAsync(Cancel));

        Assert.Equal(0, await _database.CountAsync("my_2010"));
    }

    private ServiceProvider Keeping(TimeSpan keep) =>
        TestDatabase.ServicesOver(_database.ConnectionString, services => services.Configure<RetentionOptions>(options => options.KeepMetricsFor = keep));
}
