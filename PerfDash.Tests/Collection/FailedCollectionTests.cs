using PerfDash.Core.Collection;

namespace PerfDash.Tests.Collection;

/// <summary>Completions that cannot become a metric: kept, visible, retried, and in nobody's way.</summary>
public sealed class FailedCollectionTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private long _workflow;
    private long _worker;

    private CollectionQueries Queries => database.Get<CollectionQueries>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        _workflow = await database.AddWorkflowAsync();
        _worker = await database.AddWorkerAsync();
    }

    public async ValueTask DisposeAsync() => await database.ExecuteAsync(
        """
        DROP TRIGGER IF EXISTS host_rule ON performance_metrics;
        ALTER TABLE performance_metrics DROP CONSTRAINT IF EXISTS host_rule
        """);

    [Fact]
    public async Task A_job_without_a_worker_is_a_failed_collection_that_an_admin_sees()
    {
        var job = await database.AddCompletedJobAsync(_workflow, null, "{}");

        Assert.Equal(new CollectedBatch(1, 0, 1), await database.DrainAsync());

        var failure = Assert.Single(await Queries.GetFailuresAsync(Cancel));
        Assert.Equal((job, 1), (failure.JobId, failure.Attempts));
        Assert.Contains("worker", failure.Error, StringComparison.Ordinal);
        var status = await Queries.GetStatusAsync(Cancel);
        Assert.Equal((0, 1, 0), (status.Pending, status.Failed, status.RecordedTotal));
    }

    [Fact]
    public async Task Once_the_host_names_the_worker_it_is_collected_by_itself()
    {
        await database.AddCompletedJobAsync(_workflow, null, "{}");
        await database.DrainAsync();

        await database.ExecuteAsync("UPDATE jobs SET worker_id = @worker", ("worker", _worker));

        Assert.Equal(new CollectedBatch(1, 1, 0), await database.DrainAsync());
        Assert.Equal(0, await database.CountAsync("failed_collections"));
        await database.AssertRecordedOnceAsync(1);
    }

    [Fact]
    public async Task An_admin_can_retry_one_and_a_retry_that_fails_again_is_counted()
    {
        var job = await database.AddCompletedJobAsync(_workflow, null, "{}");
        await database.DrainAsync();

        Assert.False(await Queries.RetryAsync(job + 1, By.Admin(), Cancel));
        Assert.True(await Queries.RetryAsync(job, By.Admin(), Cancel));
        Assert.Equal(new CollectedBatch(1, 0, 1), await database.DrainAsync());
        Assert.Equal(2, Assert.Single(await Queries.GetFailuresAsync(Cancel)).Attempts);

        await database.ExecuteAsync("SET LOCAL perfdash.capture = 'off'; UPDATE jobs SET worker_id = 1");
        Assert.True(await Queries.RetryAsync(job, By.Admin(), Cancel));
        Assert.Equal(new CollectedBatch(1, 1, 0), await database.DrainAsync());
        Assert.Empty(await Queries.GetFailuresAsync(Cancel));
    }

    [Fact]
    public async Task An_admin_can_retry_all()
    {
        for (var i = 0; i < 3; i++)
            await database.AddCompletedJobAsync(_workflow, null, "{}");
        await database.DrainAsync();
        await database.ExecuteAsync("SET LOCAL perfdash.capture = 'off'; UPDATE jobs SET worker_id = 1 WHERE id < 3");

        Assert.Equal(3, await Queries.RetryAllAsync(By.Admin(), Cancel));

        Assert.Equal(new CollectedBatch(3, 2, 1), await database.DrainAsync());
    }

    [Fact]
    public async Task A_failed_job_that_is_deleted_takes_its_failure_along()
    {
        await database.AddCompletedJobAsync(_workflow, null, "{}");
        await database.DrainAsync();

        await database.ExecuteAsync("DELETE FROM jobs");

        Assert.Empty(await Queries.GetFailuresAsync(Cancel));
    }

    [Theory]
    [InlineData("ALTER TABLE performance_metrics ADD CONSTRAINT host_rule CHECK (frame_count <> 13)")]
    [InlineData("""
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not thirteen'; END $$;
        CREATE TRIGGER host_rule BEFORE INSERT ON performance_metrics FOR EACH ROW WHEN (NEW.frame_count = 13) EXECUTE FUNCTION refuse()
        """)]
    [InlineData("""
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; RETURN NEW; END $$;
        CREATE TRIGGER host_rule BEFORE INSERT ON performance_metrics FOR EACH ROW WHEN (NEW.frame_count = 13) EXECUTE FUNCTION refuse()
        """)]
    public async Task What_the_database_refuses_is_a_failed_collection_and_all_others_are_recorded(string rule)
    {
        await database.ExecuteAsync(rule);
        await database.ExecuteAsync("""
            INSERT INTO jobs (workflow_id, worker_id, status, result) SELECT 1, 1, 'completed', jsonb_build_object('frame_count', i) FROM generate_series(1, 50) AS i
            """);

        Assert.Equal(new CollectedBatch(50, 49, 1), await database.DrainAsync());

        Assert.Equal(49, await database.CountAsync("performance_metrics"));
        Assert.Equal(49, await database.CountAsync("job_collections"));
        Assert.Equal(13, Assert.Single(await Queries.GetFailuresAsync(Cancel)).JobId);
        Assert.Equal(0, await database.CountAsync("job_completions"));
    }

    [Fact]
    public async Task A_worker_that_vanishes_after_its_job_was_noted_makes_a_failure_not_a_stall()
    {
        await database.AddCompletedJobAsync(_workflow, _worker, "{}");
        await database.ExecuteAsync("DELETE FROM workers");

        Assert.Equal(new CollectedBatch(1, 0, 1), await database.DrainAsync());
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("failed")]
    [InlineData("running")]
    public async Task What_the_host_takes_back_leaves_the_list(string status)
    {
        var job = await database.AddCompletedJobAsync(_workflow, null, "{}");
        await database.DrainAsync();

        await database.ExecuteAsync("UPDATE jobs SET status = @status", ("status", status));

        Assert.Empty(await Queries.GetFailuresAsync(Cancel));
        Assert.Equal(0, (await Queries.GetStatusAsync(Cancel)).Failed);
        Assert.False(await Queries.RetryAsync(job, By.Admin(), Cancel));
        Assert.Equal(0, await SweepAsync());
        Assert.Equal(0, await database.CountAsync("failed_collections"));
    }

    [Fact]
    public async Task A_retry_overtaken_by_a_cancellation_closes_the_failure()
    {
        var job = await database.AddCompletedJobAsync(_workflow, null, "{}");
        await database.DrainAsync();
        await Queries.RetryAsync(job, By.Admin(), Cancel);

        await database.ExecuteAsync("UPDATE jobs SET status = 'cancelled'");

        Assert.Equal(new CollectedBatch(1, 0, 0), await database.DrainAsync());
        Assert.Equal(0, await database.CountAsync("failed_collections"));
    }

    [Theory]
    [InlineData("2026-02-18T12:00:00Z")]
    [InlineData("2026-02-18T12:00:01Z")]
    [InlineData("2023-01-01T00:00:00Z")]
    public async Task A_job_whose_metric_another_program_wrote_is_recorded_by_that(string moment)
    {
        var job = await database.AddCompletedJobAsync(_workflow, null, "{}", new DateTime(2026, 2, 18, 12, 0, 0, DateTimeKind.Utc));
        await database.DrainAsync();
        await database.ExecuteAsync($"INSERT INTO performance_metrics (job_id, workflow_id, worker_id, frame_count, created_at) VALUES (@job, 1, 1, 7, '{moment}')", ("job", job));

        await database.ExecuteAsync("UPDATE jobs SET worker_id = @worker", ("worker", _worker));
        await database.DrainAsync();

        Assert.Empty(await Queries.GetFailuresAsync(Cancel));
        Assert.Equal((1, 7), (await database.CountAsync("performance_metrics"), await database.ScalarAsync<int>("SELECT frame_count FROM performance_metrics")));
        Assert.Equal(1, await database.CountAsync("job_collections"));
        Assert.Equal(0, await SweepAsync());
    }

    [Fact]
    public async Task The_sweep_finds_a_worker_that_no_trigger_saw()
    {
        await database.AddCompletedJobAsync(_workflow, null, "{}");
        await database.DrainAsync();
        await database.ExecuteAsync("SET LOCAL session_replication_role = replica; UPDATE jobs SET worker_id = 1");
        await database.ExecuteAsync("UPDATE failed_collections SET last_failed_at = now() - INTERVAL '3 minutes'");

        await SweepAsync();

        Assert.Equal(new CollectedBatch(1, 1, 0), await database.DrainAsync());
        Assert.Equal(0, await database.CountAsync("failed_collections"));
    }

    [Fact]
    public async Task What_the_database_refused_is_tried_again_with_growing_pauses()
    {
        await database.ExecuteAsync("ALTER TABLE performance_metrics ADD CONSTRAINT host_rule CHECK (frame_count <> 13)");
        await database.AddCompletedJobAsync(_workflow, _worker, """{"frame_count": 13}""");
        await database.DrainAsync();
        await database.ExecuteAsync("UPDATE failed_collections SET attempts = 3, last_failed_at = now() - INTERVAL '7 minutes'");
        await SweepAsync();
        Assert.Equal(CollectedBatch.Empty, await database.DrainAsync());

        await database.ExecuteAsync("UPDATE failed_collections SET last_failed_at = now() - INTERVAL '9 minutes'; ALTER TABLE performance_metrics DROP CONSTRAINT host_rule");
        await SweepAsync();

        Assert.Equal(new CollectedBatch(1, 1, 0), await database.DrainAsync());
    }

    [Fact]
    public async Task The_state_of_the_database_is_nobodys_fault_and_sets_nothing_aside()
    {
        await database.AddCompletedJobAsync(_workflow, _worker, "{}");
        await database.ExecuteAsync("ALTER TABLE performance_metrics RENAME TO away");
        try
        {
            await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(database.DrainAsync);
            Assert.Equal((1, 0), (await database.CountAsync("job_completions"), await database.CountAsync("failed_collections")));
        }
        finally
        {
            await database.ExecuteAsync("ALTER TABLE away RENAME TO performance_metrics");
        }

        Assert.Equal(new CollectedBatch(1, 1, 0), await database.DrainAsync());
    }

    private Task<int> SweepAsync() => database.Get<Sweep>().RunAsync(Cancel);
}
