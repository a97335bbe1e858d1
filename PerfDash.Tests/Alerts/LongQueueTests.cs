using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Alerts;

/// <summary>The program starts on a queue that takes it seconds to record, as after a stop.</summary>
public sealed class LongQueueTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Queued = 60_000;

    [Fact]
    public async Task A_silence_that_only_the_queue_makes_opens_no_incident_while_it_is_recorded()
    {
        await database.AddEntitiesAsync();
        await database.AddJobsAsync([new FarmRow { JobId = 1, TimePerFrameMs = 100, CompletedAt = DateTime.UtcNow.AddMinutes(-45) }]);
        // Since then 60,000 completions of another workflow, and behind them one of the rule's every 15 seconds.
        await database.ExecuteAsync(
            """
            INSERT INTO alert_window_rules (kind, scope_type, scope_id, window_minutes, warning_threshold, critical_threshold, created_at)
            VALUES ('silence', 'workflow', 1, 10, 10, 60, now() - INTERVAL '1 day');
            INSERT INTO jobs (id, workflow_id, worker_id, status, result, completed_at)
            SELECT 1 + i, CASE WHEN i <= @queued THEN 2 ELSE 1 END, 1, 'completed', '{"frame_count": 10, "total_gpu_time_ms": 1000}',
                   CASE WHEN i <= @queued THEN now() - INTERVAL '44 minutes' + i * INTERVAL '10 ms' ELSE now() - (@queued + 176 - i) * INTERVAL '15 s' END
            FROM generate_series(1, @queued + 176) AS i
            """,
            ("queued", Queued));
        Assert.Equal(Queued + 176, await database.CountAsync("job_completions"));

        await using var program = PerfDashApp.Start(database.ConnectionString);
        await Eventually.EqualAsync(176L, () => database.ScalarAsync<long>("SELECT COALESCE(max(waiting_jobs), 0) FROM alert_window_evaluations"));
        await Eventually.EqualAsync(0L, () => database.ScalarAsync<long>("SELECT count(*) FROM job_completions"));
        // Evaluated once more, with nothing left to wait for.
        await Eventually.EqualAsync(0L, () => database.ScalarAsync<long>("SELECT COALESCE(max(waiting_jobs), 0) FROM alert_window_evaluations"));

        Assert.Equal(0, await database.CountAsync("alert_incidents"));
        Assert.Equal(Queued + 177, await database.CountAsync("performance_metrics"));
    }
}
