using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Data.Entities;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Metrics;

/// <summary>Task 2.1 (the metric as a model), criterion by criterion.</summary>
public sealed class MetricQueriesTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly TimeRange Range = new(new DateTime(2024, 2, 26, 0, 0, 0, DateTimeKind.Utc), new DateTime(2024, 3, 5, 0, 0, 0, DateTimeKind.Utc));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MetricQueries Metrics => database.Get<MetricQueries>();

    public async ValueTask InitializeAsync() => await database.WriteHandMadeFarmAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task All_ID_fields_are_of_one_type()
    {
        var ids = typeof(PerformanceMetric).GetProperties().Where(p => p.Name.EndsWith("Id", StringComparison.Ordinal)).ToList();

        Assert.Equal(7, ids.Count);
        Assert.All(ids, id => Assert.Equal(typeof(long), Nullable.GetUnderlyingType(id.PropertyType) ?? id.PropertyType));
        Assert.Equal("bigint 7", await database.ScalarAsync<string>(
            """
            SELECT string_agg(DISTINCT format_type(atttypid, atttypmod), ',') || ' ' || count(*) FROM pg_attribute
            WHERE attrelid = 'performance_metrics'::regclass AND (attname = 'id' OR attname LIKE '%\_id') AND NOT attisdropped
            """));
    }

    [Fact]
    public async Task Insert_records_a_metric_and_get_by_job_returns_it()
    {
        await database.ExecuteAsync("SELECT setval(pg_get_serial_sequence('jobs', 'id'), 100)");
        var job = await database.AddCompletedJobAsync(
            1, 2, """{"time_per_frame_ms": 812.5, "total_gpu_time_ms": 39000, "vram_peak_mb": 18210, "frame_count": 48, "resolution_tier": "1080p"}""",
            completedAt: new DateTime(2024, 3, 2, 0, 0, 0, DateTimeKind.Utc));
        await database.DrainAsync();

        var metric = (await Metrics.GetByJobAsync(job, Cancel))!;

        Assert.Equal((job, 1, 2, 812.5f, 39_000, 18_210), (metric.JobId, metric.WorkflowId, metric.WorkerId, metric.TimePerFrameMs, metric.TotalGpuTimeMs, metric.VramPeakMb));
        Assert.Equal((48, "1080p", new DateTime(2024, 3, 2, 0, 0, 0, DateTimeKind.Utc)), (metric.FrameCount, metric.ResolutionTier, metric.CreatedAt));
        Assert.Null(await Metrics.GetByJobAsync(999, Cancel));
    }

    [Fact]
    public async Task Query_by_workflow_returns_its_metrics_oldest_first()
    {
        Assert.Equal([5, 6, 7], Jobs(await Metrics.QueryByWorkflowAsync(2, Range, Cancel)));
        Assert.Equal([5], Jobs(await Metrics.QueryByWorkflowAsync(2, Range with { To = Range.From.AddDays(6) }, Cancel)));
        Assert.Empty(await Metrics.QueryByWorkflowAsync(99, Range, Cancel));
    }

    [Fact]
    public async Task Query_by_worker_returns_its_metrics_oldest_first() => Assert.Equal([3, 4, 6], Jobs(await Metrics.QueryByWorkerAsync(2, Range, Cancel)));

    [Fact]
    public async Task Query_by_time_range_takes_the_start_and_leaves_the_end_out() => Assert.Equal(
        [3, 4],
        Jobs(await Metrics.QueryByTimeRangeAsync(new TimeRange(HandMadeFarm.Jobs[2].CompletedAt, HandMadeFarm.Jobs[4].CompletedAt), Cancel)));

    [Fact]
    public async Task A_list_goes_on_after_the_last_one_also_among_jobs_of_one_moment()
    {
        await database.AddJobsAsync([.. Enumerable.Range(20, 5).Select(i => new FarmRow { JobId = i, WorkflowId = 2, CompletedAt = HandMadeFarm.Jobs[5].CompletedAt })]);
        List<long> seen = [];
        for (MetricKey? after = null; ;)
        {
            var part = await Metrics.QueryByWorkflowAsync(2, Range, Cancel, limit: 3, after);
            seen.AddRange(Jobs(part));
            if (part.Count < 3)
                break;
            after = MetricKey.From(part[^1]);
        }

        Assert.Equal([5, 6, 20, 21, 22, 23, 24, 7], seen);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Metrics.QueryByTimeRangeAsync(Range, Cancel, limit: 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Metrics.QueryByTimeRangeAsync(Range, Cancel, limit: MetricQueries.MaxLimit + 1));
    }

    [Fact]
    public async Task Time_range_queries_use_the_created_at_index()
    {
        await QueryPlanTests.FillAsync(database);
        var range = new TimeRange(QueryPlanTests.Range.From, QueryPlanTests.Range.From.AddHours(6));

        var plans = await CapturedPlans.OfAsync(database, async services =>
        {
            var metrics = services.GetRequiredService<MetricQueries>();
            await metrics.QueryByTimeRangeAsync(range, Cancel);
            await metrics.QueryByWorkflowAsync(1, range, Cancel);
            await metrics.QueryByWorkerAsync(1, range, Cancel);
        });

        Assert.Equal(3, plans.Count);
        Assert.All(plans, plan => Assert.Contains(plan.IndexConditions, condition => condition.Contains("created_at >=", StringComparison.Ordinal)));
        Assert.All(plans, plan => Assert.Equal(["performance_metrics_2024_02"], plan.Partitions));
    }

    private static IEnumerable<long> Jobs(IEnumerable<PerformanceMetric> metrics) => metrics.Select(m => m.JobId);
}
