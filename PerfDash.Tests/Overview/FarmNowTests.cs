using PerfDash.Core.Overview;

namespace PerfDash.Tests.Overview;

/// <summary>The farm at this moment.</summary>
public sealed class FarmNowTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.ExecuteAsync("INSERT INTO workflows (name) VALUES ('short'), ('long'); INSERT INTO workers (name) VALUES ('a'), ('b'), ('c')");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_empty_farm_has_nothing_and_nothing_usual()
    {
        var now = await GetAsync();

        Assert.Equal((0, 0, 0, 0), (now.Running, now.Queued, now.CompletedLastHour, now.FailedLastHour));
        Assert.Null(now.OldestWaitMs);
        Assert.Null(now.UsualPerHour);
        Assert.Null(now.FailedPercent);
        Assert.Null(now.NextFree);
    }

    [Fact]
    public async Task What_waits_and_runs_and_the_last_hour_are_counted()
    {
        await database.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, worker_id, status, created_at) VALUES (1, NULL, 'pending', now() - INTERVAL '10 minutes'), (1, NULL, 'pending', now() - INTERVAL '1 minute');
            INSERT INTO jobs (workflow_id, worker_id, status, started_at) VALUES (1, 1, 'running', now());
            INSERT INTO jobs (workflow_id, worker_id, status, completed_at) VALUES (1, 1, 'failed', now() - INTERVAL '5 minutes'), (1, 1, 'failed', now() - INTERVAL '2 hours'), (1, 1, 'cancelled', now());
            """);
        await AddMetricsAsync(1, 2, 3, "20 minutes", 1000);
        await AddMetricsAsync(1, 2, 5, "70 minutes", 1000);

        var now = await GetAsync();

        Assert.Equal((1, 2, 3, 1), (now.Running, now.Queued, now.CompletedLastHour, now.FailedLastHour));
        Assert.InRange(now.OldestWaitMs!.Value, 599_000, 700_000);
        Assert.Equal(25, now.FailedPercent);
        Assert.Equal((1, 1, 0), (now.BusyWorkers, now.IdleWorkers, now.SilentWorkers));
        // One is idle: nobody waits for the next.
        Assert.Null(now.NextFree);
    }

    [Fact]
    public async Task Usual_is_the_median_of_the_same_hour_of_the_days_before()
    {
        // 2, 4 and 10 jobs in this hour of the three days before, and one so early that a fourth day counts with none.
        foreach (var (day, jobs) in ((int Day, int Jobs)[])[(1, 2), (2, 4), (3, 10)])
            await AddMetricsAsync(1, 1, jobs, $"{(day * 24 * 60) + 30} minutes", 1000);
        await AddMetricsAsync(1, 1, 1, "4 days 5 hours", 1000);
        await AddMetricsAsync(1, 1, 6, "10 minutes", 1000);

        var now = await GetAsync();

        Assert.Equal((4, 3d, 100d), (now.UsualDays, now.UsualPerHour!.Value, now.AgainstUsualPercent!.Value));
    }

    [Fact]
    public async Task With_all_workers_busy_the_next_free_one_is_named()
    {
        // A short job takes a minute and has run for 20 s on b; a long one takes five and has run for 200 s on a; c has no job yet.
        await AddMetricsAsync(1, 2, 3, "2 hours", 60_000);
        await AddMetricsAsync(2, 1, 3, "2 hours", 300_000);
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status, started_at) VALUES (1, 2, 'running', now() - INTERVAL '20 seconds'), (2, 1, 'running', now() - INTERVAL '200 seconds')");

        var free = (await GetAsync()).NextFree!;

        Assert.Equal((2, "b"), (free.WorkerId, free.WorkerName));
        Assert.InRange(free.InMs, 10_000, 40_000);
    }

    private Task<FarmNow> GetAsync() => database.Get<FarmNowQueries>().GetAsync(Cancel);

    private Task<int> AddMetricsAsync(long workflow, long worker, int jobs, string ago, long wallTimeMs) => database.ExecuteAsync(
        """
        WITH made AS (
            INSERT INTO jobs (workflow_id, worker_id, status, completed_at) SELECT @workflow, @worker, 'completed', now() - @ago::interval FROM generate_series(1, @jobs) RETURNING id, completed_at
        )
        INSERT INTO performance_metrics (job_id, workflow_id, worker_id, total_wall_time_ms, created_at) SELECT id, @workflow, @worker, @wall, completed_at FROM made
        """,
        ("workflow", workflow), ("worker", worker), ("jobs", jobs), ("ago", ago), ("wall", wallTimeMs));
}
