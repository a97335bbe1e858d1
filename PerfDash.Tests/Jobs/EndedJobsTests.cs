using PerfDash.Core;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Core.Collection;
using PerfDash.Core.Jobs;
using PerfDash.Core.Metrics;
using PerfDash.Core.Workers;
using PerfDash.Data.Entities;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Jobs;

/// <summary>Which jobs count as failed or completed, and when: the same in every figure of failures.</summary>
public sealed class EndedJobsTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly TimeRange LastHour = new(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Completed_jobs_without_a_worker_count_beside_one_that_failed()
    {
        await database.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, status, completed_at) SELECT 1, 'completed', now() FROM generate_series(1, 3);
            INSERT INTO jobs (workflow_id, status, completed_at) VALUES (1, 'failed', now())
            """);
        await database.DrainAsync();

        Assert.Equal((3, 1, 0.25), await FarmAsync());
        Assert.Equal(0.25, Assert.Single((await FailuresAsync())!).FailureShare);
    }

    [Theory]
    [InlineData("UPDATE jobs SET status = 'failed', error = 'out of memory'")]
    [InlineData("UPDATE jobs SET status = 'pending'; UPDATE jobs SET status = 'failed'")]
    [InlineData("UPDATE jobs SET status = 'cancelled'; UPDATE jobs SET status = 'failed'")]
    public async Task A_job_that_turns_failed_counts_then_whenever_it_was_created(string change)
    {
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status, created_at, started_at) VALUES (1, 1, 'running', '2024-01-01Z', '2024-01-02Z')");

        await database.ExecuteAsync(change);

        Assert.Equal((0, 1, 1), await FarmAsync());
    }

    [Fact]
    public async Task Rewriting_a_failed_job_does_not_move_it_and_a_retry_that_fails_does()
    {
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'running'); UPDATE jobs SET status = 'failed'; UPDATE job_endings SET ended_at = '2024-01-05Z'");

        await database.ExecuteAsync("UPDATE jobs SET error = 'out of memory', status = 'failed'");
        Assert.Equal((0, 0, null), await FarmAsync());

        await database.ExecuteAsync("UPDATE jobs SET status = 'running'; UPDATE jobs SET status = 'failed'");
        Assert.Equal((0, 1, 1), await FarmAsync());

        await database.ExecuteAsync("UPDATE jobs SET completed_at = '2024-01-06Z'");
        Assert.Equal((0, 0, null), await FarmAsync());
    }

    [Fact]
    public async Task A_row_inserted_as_failed_is_dated_by_its_own_times()
    {
        await database.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, worker_id, status, created_at, started_at) VALUES
                (1, 1, 'failed', now() - INTERVAL '3 days', now() - INTERVAL '10 minutes'), (1, 1, 'failed', now() - INTERVAL '3 days', NULL)
            """);

        Assert.Equal((0, 1, 1), await FarmAsync());
    }

    [Fact]
    public async Task A_recorded_job_that_its_host_calls_failed_counts_once()
    {
        await database.AddCompletedJobAsync(1, 1, "{}");
        await database.AddCompletedJobAsync(1, 1, "{}");
        await database.DrainAsync();

        await database.ExecuteAsync("UPDATE jobs SET status = 'failed', completed_at = now() WHERE id = 1");

        Assert.Equal((1, 1, 0.5), await FarmAsync());
    }

    [Fact]
    public async Task The_sweep_dates_what_turned_failed_unseen()
    {
        await database.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, worker_id, status, created_at) VALUES (1, 1, 'running', now() - INTERVAL '5 hours'), (1, 1, 'running', '2024-01-01Z');
            """);
        await database.ExecuteAsync("SET LOCAL session_replication_role = replica; UPDATE jobs SET status = 'failed'");
        Assert.Equal((0, 0, null), await FarmAsync());

        await database.Get<Sweep>().RunAsync(Cancel);

        Assert.Equal((0, 1, 1), await FarmAsync());
    }

    [Fact]
    public async Task A_table_that_is_locked_or_gone_does_not_reach_the_host()
    {
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'running')");
        await database.ExecuteAsync("ALTER TABLE job_endings RENAME TO away");
        try
        {
            await database.ExecuteAsync("UPDATE jobs SET status = 'failed'");
        }
        finally
        {
            await database.ExecuteAsync("ALTER TABLE away RENAME TO job_endings");
        }

        Assert.Equal("failed", await database.ScalarAsync<string>("SELECT status FROM jobs"));
    }

    private Task<IReadOnlyList<WorkerFailures>?> FailuresAsync() => database.Get<FailureQueries>().GetAsync(LastHour, new MetricFilter(), Cancel);

    // Asked of all three at once: the figures by worker, the list of failed jobs, and a rule of alerts.
    private async Task<(long Completed, long Failed, double? Share)> FarmAsync()
    {
        var failures = (await FailuresAsync())!;
        var (completed, failed) = (failures.Sum(f => f.CompletedCount), failures.Sum(f => f.FailedCount));
        var share = completed + failed == 0 ? (double?)null : (double)failed / (completed + failed);

        Assert.Equal(failed, (await database.Get<JobStateQueries>().GetAsync(LastHour, new MetricFilter(), "failed", 10, null, Cancel)).Count);
        await database.ExecuteAsync("DELETE FROM alert_incidents; DELETE FROM alert_window_rules");
        await database.Get<WindowRuleService>().CreateAsync(
            new WindowRuleInput { Kind = WindowRuleKind.FailedShare, ScopeType = AlertScope.Global, WindowMinutes = 30, MinimumJobs = 1, WarningThreshold = 0.01f, CriticalThreshold = 1 }, By.Admin("me"), Cancel);
        await database.Get<WindowRuleEvaluator>().RunAsync(Cancel);
        var alert = await database.ScalarAsync<double?>("SELECT last_value FROM alert_incidents");
        Assert.Equal(failed == 0 ? null : share, alert);
        return (completed, failed, share);
    }
}
