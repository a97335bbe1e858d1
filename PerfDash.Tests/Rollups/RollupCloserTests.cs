using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Core.Retention;
using PerfDash.Core.Rollups;

namespace PerfDash.Tests.Rollups;

/// <summary>When hours and days are closed and opened again.</summary>
public sealed class RollupCloserTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RollupCloser Closer => database.Get<RollupCloser>();

    [Fact]
    public async Task The_status_says_what_is_closed_and_what_changed_since()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await AddAsync(1, DateTime.UtcNow.AddHours(-30));
        Assert.Equal((null, true), await StatusAsync(s => (s.ClosedUntil, s.DirtyHours >= 29 && s.DirtyHours == s.Hours)));

        await Closer.CloseAsync(Cancel);
        var hour = DateTime.UtcNow.AddMinutes(-5);
        Assert.Equal((hour.Date.AddHours(hour.Hour), 0L), await StatusAsync(s => (s.ClosedUntil!.Value, s.DirtyHours)));

        await AddAsync(2, DateTime.UtcNow.AddHours(-20));
        await AddAsync(3, DateTime.UtcNow.AddHours(-20));
        await AddAsync(4, DateTime.UtcNow.AddHours(-10));
        Assert.Equal(2, await StatusAsync(s => s.DirtyHours));
        await Closer.CloseAsync(Cancel);
        Assert.Equal(0, await StatusAsync(s => s.DirtyHours));
    }

    [Fact]
    public async Task An_hour_is_not_closed_before_its_time()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await AddAsync(1, DateTime.UtcNow.AddHours(-3));
        await using var patient = TestDatabase.ServicesOver(
            database.ConnectionString, services => services.Configure<RollupOptions>(options => options.CloseAfter = TimeSpan.FromHours(2)));

        await patient.GetRequiredService<RollupCloser>().CloseAsync(Cancel);

        Assert.Equal(0L, await database.ScalarAsync<long>("SELECT count(*) FROM rollup_spans WHERE start > now() - INTERVAL '3 hours'"));
        Assert.True(await database.ScalarAsync<long>("SELECT count(*) FROM rollup_spans WHERE start > now() - INTERVAL '5 hours'") > 0);
    }

    [Fact]
    public async Task Instances_that_close_at_the_same_time_leave_one_roll_up_each()
    {
        await database.ClearAsync();
        await database.AddRandomFarmAsync(31, days: 3);
        await using var other = TestDatabase.ServicesOver(database.ConnectionString);
        await Task.WhenAll(Closer.CloseAsync(Cancel), other.GetRequiredService<RollupCloser>().CloseAsync(Cancel), database.AddRandomJobsAsync(32, 300, 3, firstId: 500_000));
        await Task.WhenAll(Closer.RebuildAsync(null, null, Cancel), other.GetRequiredService<RollupCloser>().RebuildAsync(null, null, Cancel));

        Assert.Equal(
            await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE date_trunc('hour', created_at, 'UTC') IN (SELECT start FROM rollup_spans WHERE grain = 'h')"),
            await database.ScalarAsync<long>("SELECT sum(jobs)::int8 FROM rollup_sums WHERE grain = 'h' AND dims = 0"));
        Assert.Equal(0L, await database.ScalarAsync<long>("SELECT count(*) FROM (SELECT FROM rollup_sums GROUP BY grain, dims, start, workflow_id, worker_id, tier_key, run_class HAVING count(*) > 1) AS twice"));
    }

    [Theory]
    [InlineData("infinity")]
    [InlineData("-infinity")]
    [InlineData("4713-01-01 BC")]
    [InlineData("0001-01-01Z")]
    [InlineData("294276-12-31 23:59Z")]
    public async Task A_host_can_delete_a_job_of_any_moment_and_length(string moment)
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.ExecuteAsync(
            $"""
            INSERT INTO jobs (id, workflow_id, worker_id, status) VALUES (1, 1, 1, 'running');
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, total_wall_time_ms, created_at) VALUES (1, 1, 1, 9223372036854775807, '{moment}');
            """);

        await database.ExecuteAsync("DELETE FROM jobs WHERE id = 1");

        Assert.Equal(0L, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
    }

    [Fact]
    public async Task A_month_that_retention_drops_is_no_longer_counted()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        var old = DateTime.UtcNow.AddDays(-150);
        await database.ExecuteAsync("SELECT perfdash_ensure_metrics_month(@month)", ("month", old));
        await database.AddJobsAsync([.. Enumerable.Range(1, Binning.ExactJobs + 500).Select(i => new FarmRow { JobId = i, CompletedAt = old.Date.AddSeconds(i), GpuTimeMs = 1 })]);
        await Closer.CloseAsync(Cancel);
        var range = new Core.TimeRange(old.AddDays(-40), DateTimeOffset.UtcNow);
        Assert.Equal(Binning.ExactJobs + 500, await CountAsync(range));

        await using var keeping = TestDatabase.ServicesOver(
            database.ConnectionString, services => services.Configure<RetentionOptions>(options => options.KeepMetricsFor = TimeSpan.FromDays(100)));
        Assert.Equal(1, (await keeping.GetRequiredService<MetricRetention>().RunAsync(Cancel)).Partitions);

        Assert.Equal(0, await CountAsync(range));
    }

    private async Task<long> CountAsync(Core.TimeRange range) =>
        (await database.Get<OverviewQueries>().GetSummaryAsync(range, MetricFilter.None, Cancel, SummaryParts.None)).JobCount;

    private Task AddAsync(long id, DateTime at) => database.AddJobsAsync([new FarmRow { JobId = id, CompletedAt = at }]);

    private async Task<T> StatusAsync<T>(Func<RollupStatus, T> read) => read(await database.Get<RollupQueries>().GetStatusAsync(Cancel));
}
