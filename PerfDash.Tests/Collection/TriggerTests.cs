using Npgsql;
using PerfDash.Core.Collection;

namespace PerfDash.Tests.Collection;

/// <summary>The host's side: whatever is wrong with PerfDash, its statement succeeds and the sweep heals what was missed.</summary>
public sealed class TriggerTests(PostgresServer server) : IAsyncLifetime
{
    private readonly TestDatabase _database = new(server);
    private long _job;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        _job = await _database.AddRunningJobAsync(await _database.AddWorkflowAsync(), await _database.AddWorkerAsync());
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData("ALTER TABLE job_completions RENAME TO gone")]
    [InlineData("ALTER TABLE job_collections RENAME TO gone")]
    [InlineData("ALTER TABLE job_completions ADD COLUMN unknown INT NOT NULL")]
    [InlineData("ALTER TABLE collection_settings RENAME TO gone")]
    [InlineData("DELETE FROM collection_settings")]
    [InlineData("ALTER TABLE job_completions ADD CHECK (job_id < 0)")]
    public async Task A_damaged_schema_does_not_reach_the_host(string damage)
    {
        await _database.ExecuteAsync(damage);

        await _database.CompleteAsync(_job);

        Assert.Equal("completed", await _database.ScalarAsync<string>("SELECT status FROM jobs"));
    }

    [Fact]
    public async Task A_dropped_outbox_is_healed_by_the_sweep_once_it_is_back()
    {
        await _database.ExecuteAsync("ALTER TABLE job_completions RENAME TO away");
        await _database.CompleteAsync(_job);
        await _database.ExecuteAsync("ALTER TABLE away RENAME TO job_completions");

        await SweepHealsAsync();
    }

    [Theory]
    [InlineData("job_completions")]
    [InlineData("job_collections")]
    [InlineData("collection_settings")]
    public async Task A_locked_table_of_PerfDash_does_not_block_the_host(string table)
    {
        await using (var connection = await _database.DataSource.OpenConnectionAsync(Cancel))
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            await using var hold = new NpgsqlCommand($"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", connection);
            await hold.ExecuteNonQueryAsync(Cancel);
            // The lock is released only afterwards: were the host to wait for it, this would never return.
            await _database.CompleteAsync(_job);
        }

        await SweepHealsAsync();
    }

    [Fact]
    public async Task Disabled_triggers_are_healed_by_the_sweep()
    {
        await _database.ExecuteAsync("SET LOCAL session_replication_role = replica; UPDATE jobs SET status = 'completed', completed_at = now()");
        Assert.Equal(0, await _database.CountAsync("job_completions"));

        await SweepHealsAsync();
    }

    [Fact]
    public async Task A_host_role_without_any_right_on_PerfDashs_tables_can_complete_jobs()
    {
        var role = $"host_{Guid.NewGuid():N}";
        await _database.ExecuteAsync($"CREATE ROLE {role}; GRANT SELECT, UPDATE ON jobs TO {role}");
        try
        {
            await _database.ExecuteAsync($"SET LOCAL ROLE {role}; UPDATE jobs SET status = 'completed'");

            Assert.Equal(1, await _database.CountAsync("job_completions"));
            var refused = await Assert.ThrowsAsync<PostgresException>(() => _database.ExecuteAsync($"SET LOCAL ROLE {role}; SELECT * FROM job_completions"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
        finally
        {
            await _database.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task A_host_with_another_search_path_is_captured()
    {
        await _database.ExecuteAsync("CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.job_completions (job_id BIGINT)");

        await _database.ExecuteAsync("SET LOCAL search_path = elsewhere; UPDATE public.jobs SET status = 'completed'");

        Assert.Equal(1, await _database.CountAsync("public.job_completions"));
    }

    [Fact]
    public async Task One_statement_sends_one_notification_and_none_when_switched_off()
    {
        await _database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'running' FROM generate_series(1, 99)");
        await using var connection = await _database.DataSource.OpenConnectionAsync(Cancel);
        var heard = new List<string>();
        connection.Notification += (_, e) => heard.Add(e.Channel);
        await ExecuteAsync(connection, "LISTEN perfdash_job_completed; LISTEN test_marker");

        await _database.ExecuteAsync("UPDATE jobs SET status = 'completed' WHERE id <= 50");
        await _database.ExecuteAsync("UPDATE jobs SET error = 'x' WHERE status = 'running'");
        await _database.ExecuteAsync("UPDATE collection_settings SET notify = false");
        await _database.ExecuteAsync("UPDATE jobs SET status = 'completed' WHERE id > 50");
        await _database.ExecuteAsync("NOTIFY test_marker");

        while (!heard.Contains("test_marker"))
            await connection.WaitAsync(Cancel);
        Assert.Equal(["perfdash_job_completed", "test_marker"], heard);
        Assert.Equal(100, await _database.CountAsync("job_completions"));
    }

    [Fact]
    public async Task The_sweep_finds_nothing_where_all_is_enqueued_recorded_or_failed()
    {
        await _database.CompleteAsync(_job);
        Assert.Equal(0, await SweepAsync());
        await _database.DrainAsync();
        Assert.Equal(0, await SweepAsync());

        await _database.AddCompletedJobAsync(1, null, "{}");
        await _database.DrainAsync();
        Assert.Equal(0, await SweepAsync());
        Assert.Equal(1, await _database.CountAsync("failed_collections"));
    }

    [Fact]
    public async Task The_sweep_finds_every_one_of_many_wherever_they_lie()
    {
        await _database.ExecuteAsync(
            """
            SET LOCAL perfdash.capture = 'off';
            INSERT INTO jobs (id, workflow_id, worker_id, status) SELECT i * 3 - 50000, 1, 1, CASE WHEN i % 4 = 0 THEN 'failed' ELSE 'completed' END FROM generate_series(1, 28000) AS i
            ON CONFLICT DO NOTHING
            """);
        var completed = await _database.ScalarAsync<long>("SELECT count(*) FROM jobs WHERE status = 'completed'");

        Assert.Equal(completed, await SweepAsync());
        Assert.Equal(0, await SweepAsync());
        Assert.Equal(completed, await _database.ScalarAsync<long>("SELECT count(DISTINCT job_id) FROM job_completions"));
    }

    [Fact]
    public async Task While_one_instance_sweeps_another_has_nothing_to_find()
    {
        await _database.ExecuteAsync("SET LOCAL perfdash.capture = 'off'; UPDATE jobs SET status = 'completed'");
        await using (var connection = await _database.DataSource.OpenConnectionAsync(Cancel))
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(hashtext('perfdash_sweep'))");
            Assert.Equal(0, await SweepAsync());
        }

        Assert.Equal(1, await SweepAsync());
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task SweepHealsAsync()
    {
        Assert.Equal("completed", await _database.ScalarAsync<string>("SELECT status FROM jobs"));
        Assert.Equal(CollectedBatch.Empty, await _database.DrainAsync());
        Assert.Equal(1, await SweepAsync());
        Assert.Equal(new CollectedBatch(1, 1, 0), await _database.DrainAsync());
        await _database.AssertRecordedOnceAsync(1);
    }

    private Task<int> SweepAsync() => _database.Get<Sweep>().RunAsync(Cancel);
}
