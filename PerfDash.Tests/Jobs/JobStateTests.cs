using PerfDash.Core;
using PerfDash.Core.Collection;
using PerfDash.Core.Jobs;
using PerfDash.Core.Metrics;

namespace PerfDash.Tests.Jobs;

/// <summary>Jobs as the host's table has them, and what is new among the recorded ones.</summary>
public sealed class JobStateTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2026, 9, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(new(Start), new(Start.AddDays(10)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<long> AddAsync(string status, int day, string? externalId = null, long workflow = 1, string? error = null) => database.ScalarAsync<long>(
        """
        INSERT INTO jobs (workflow_id, status, external_id, error, created_at, completed_at)
        VALUES (@workflow_id, @status, @external, @error, @moment, CASE WHEN @status IN ('failed', 'cancelled') THEN @moment END) RETURNING id
        """,
        ("workflow_id", workflow), ("status", status), ("external", externalId), ("error", error), ("moment", Start.AddDays(day)));

    private Task<IReadOnlyList<StateItem>> GetAsync(string status, MetricFilter? filter = null, int limit = 10, long? before = null) =>
        database.Get<JobStateQueries>().GetAsync(Range, filter ?? MetricFilter.None, status, limit, before, Cancellation);

    [Fact]
    public async Task Jobs_of_a_state_come_latest_first_page_by_page_within_range_and_filter()
    {
        var first = await AddAsync("failed", 1, error: "out of memory");
        var second = await AddAsync("failed", 2, workflow: 2);
        var third = await AddAsync("failed", 3);
        await AddAsync("failed", 20);
        await AddAsync("cancelled", 3);
        Assert.Equal([third, second], (await GetAsync("failed", limit: 2)).Select(j => j.JobId));
        var rest = Assert.Single(await GetAsync("failed", limit: 2, before: second));
        Assert.Equal((first, "out of memory", "Workflow 1", null), (rest.JobId, rest.Error, rest.WorkflowName, rest.WorkerName));
        Assert.Equal([second], (await GetAsync("failed", new MetricFilter(WorkflowId: 2))).Select(j => j.JobId));
        Assert.Empty(await GetAsync("failed", new MetricFilter(WorkerId: 1)));
    }

    [Fact]
    public async Task A_job_is_found_by_its_id_its_external_id_or_the_beginning_of_it()
    {
        var one = await AddAsync("failed", 1, "shot-001");
        var two = await AddAsync("running", 2, "shot-002");
        var queries = database.Get<JobStateQueries>();
        async Task<long[]> FindAsync(string text) => [.. (await queries.FindAsync(text, Cancellation)).Select(j => j.JobId)];
        Assert.Equal([one], await FindAsync($" {one} "));
        Assert.Equal([one], await FindAsync("shot-001"));
        Assert.Equal([two, one], await FindAsync("shot"));
        Assert.Empty(await FindAsync("%"));
        Assert.Empty(await FindAsync("nothing"));
        Assert.Empty(await FindAsync("a\0b"));
    }

    [Fact]
    public async Task What_was_recorded_after_a_mark_is_counted_within_range_and_filter()
    {
        var newJobs = database.Get<NewJobQueries>();
        Assert.Equal(0, await newJobs.MarkAsync(Cancellation));
        await database.AddJobsAsync(FarmRows.MakeUp(1, 20, Start, 5));
        var mark = await newJobs.MarkAsync(Cancellation);
        Assert.Equal(0, await newJobs.CountAsync(Range, MetricFilter.None, mark, Cancellation));
        await database.AddJobsAsync(
        [
            new FarmRow { JobId = 101, WorkflowId = 2, CompletedAt = Start.AddDays(1) },
            new FarmRow { JobId = 102, CompletedAt = Start.AddDays(2) },
            new FarmRow { JobId = 103, CompletedAt = Start.AddDays(90) },
        ]);
        Assert.Equal(2, await newJobs.CountAsync(Range, MetricFilter.None, mark, Cancellation));
        Assert.Equal(1, await newJobs.CountAsync(Range, new MetricFilter(WorkflowId: 2), mark, Cancellation));
    }

    [Fact]
    public async Task A_record_tells_all_that_is_known_of_a_job_with_and_without_figures()
    {
        var records = database.Get<JobRecordQueries>();
        Assert.Null(await records.GetAsync(12345, Cancellation));
        var failed = await database.AddCompletedJobAsync(1, null, """{"frame_count": 4}""", Start);
        await database.Get<MetricCollector>().CollectAsync(100, Cancellation);
        var record = (await records.GetAsync(failed, Cancellation))!;
        Assert.Equal(("completed", "Workflow 1", null, false), (record.Status, record.WorkflowName, record.WorkerName, record.IsRecorded));
        Assert.Contains("worker", record.CollectionError, StringComparison.Ordinal);
        Assert.Equal(1, record.CollectionAttempts);
        Assert.Equal("""{"frame_count": 4}""", record.Result);

        var long_ = await database.AddCompletedJobAsync(1, 1, $$"""{"note": "{{new string('x', JobRecordQueries.MaxResultLength)}}"}""", Start);
        Assert.Equal(JobRecordQueries.MaxResultLength + 1, (await records.GetAsync(long_, Cancellation))!.Result!.Length);
    }

    [Fact]
    public async Task Neighbours_are_the_workflows_jobs_next_in_time_equals_by_id()
    {
        await database.AddJobsAsync(
        [
            new FarmRow { JobId = 1, CompletedAt = Start },
            new FarmRow { JobId = 2, WorkflowId = 2, CompletedAt = Start.AddMinutes(1) },
            new FarmRow { JobId = 3, CompletedAt = Start.AddMinutes(2) },
            new FarmRow { JobId = 4, CompletedAt = Start.AddMinutes(2) },
            new FarmRow { JobId = 5, CompletedAt = Start.AddMinutes(3) },
        ]);
        var records = database.Get<JobRecordQueries>();
        Assert.Equal((null, 3), await records.GetNeighboursAsync(1, 1, new(Start), Cancellation));
        Assert.Equal((1, 4), await records.GetNeighboursAsync(1, 3, new(Start.AddMinutes(2)), Cancellation));
        Assert.Equal((3, 5), await records.GetNeighboursAsync(1, 4, new(Start.AddMinutes(2)), Cancellation));
        Assert.Equal((4, null), await records.GetNeighboursAsync(1, 5, new(Start.AddMinutes(3)), Cancellation));
    }
}
