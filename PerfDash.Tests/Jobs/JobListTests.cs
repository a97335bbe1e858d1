using CsCheck;
using PerfDash.Core;
using PerfDash.Core.Jobs;
using PerfDash.Core.Metrics;

namespace PerfDash.Tests.Jobs;

public sealed class JobListTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start.AddDays(2), Start.AddDays(20));

    private readonly List<FarmRow> _jobs = FarmRows.MakeUp(seed: 21, jobs: 260, Start, days: 25);

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static TheoryData<string> Sorts => [.. JobSort.Fields.SelectMany(f => (string[])[f, "-" + f])];

    [Theory]
    [MemberData(nameof(Sorts))]
    public async Task Pages_together_are_the_whole_list_in_order(string sort)
    {
        // Two that differ in nothing but their key stand on every page border there can be.
        await database.AddJobsAsync([.. _jobs, .. Enumerable.Range(1000, 20).Select(i => new FarmRow { JobId = i, CompletedAt = Range.From.UtcDateTime })]);
        List<FarmRow> all = [.. _jobs, .. Enumerable.Range(1000, 20).Select(i => new FarmRow { JobId = i, CompletedAt = Range.From.UtcDateTime })];
        var expected = InOrder(all.Where(j => j.CompletedAt >= Range.From && j.CompletedAt < Range.To), JobSort.Read(sort)!).Select(j => j.JobId).ToList();

        foreach (var limit in (int[])[1000, 50, 7])
            Assert.Equal(expected, (await ReadAllAsync(JobSort.Read(sort), limit)).Select(j => j.JobId));
    }

    [Fact]
    public async Task Jobs_that_complete_between_two_pages_push_none_out_and_repeat_none()
    {
        await database.AddJobsAsync(_jobs);
        var expected = InOrder(_jobs.Where(j => j.CompletedAt >= Range.From && j.CompletedAt < Range.To), JobSort.Default).Select(j => j.JobId);
        var added = 5000;

        var read = await ReadAllAsync(null, 20, () => database.AddJobsAsync(
            [new FarmRow { JobId = added++, CompletedAt = Range.To.UtcDateTime.AddMilliseconds(-1 - added) }]));

        Assert.Equal(expected, read.Select(j => j.JobId));
    }

    [Fact]
    public async Task A_filter_holds_on_every_page()
    {
        await database.AddJobsAsync(_jobs);
        var filter = new MetricFilter(ProjectId: 1, WorkerId: 3);

        var read = await ReadAllAsync(null, 3, filter: filter);

        Assert.Equal(
            _jobs.Where(j => j.ProjectId == 1 && j.WorkerId == 3 && j.CompletedAt >= Range.From && j.CompletedAt < Range.To).Select(j => j.JobId).Order(),
            read.Select(j => j.JobId).Order());
    }

    [Fact]
    public async Task A_later_page_keeps_the_range_of_the_first()
    {
        await database.AddJobsAsync(_jobs);
        var first = (await GetAsync(Range, null, 10, null))!;

        var later = (await GetAsync(new TimeRange(Range.From.AddYears(5), Range.To.AddYears(5)), null, 10, first.NextCursor))!;

        Assert.Equal((await GetAsync(Range, null, 20, null))!.Items.Skip(10).Select(j => j.JobId), later.Items.Select(j => j.JobId));
    }

    [Fact]
    public async Task A_list_that_ends_with_its_page_has_no_next_one()
    {
        await database.AddJobsAsync([.. Enumerable.Range(1, 10).Select(i => new FarmRow { JobId = i, CompletedAt = Range.From.UtcDateTime })]);

        Assert.Null((await GetAsync(Range, null, 10, null))!.NextCursor);
        Assert.NotNull((await GetAsync(Range, null, 9, null))!.NextCursor);
        Assert.Empty((await GetAsync(Range with { To = Range.From.AddTicks(-1), From = Range.From.AddDays(-1) }, null, 9, null))!.Items);
    }

    [Fact]
    public async Task A_cursor_of_another_order_is_refused()
    {
        await database.AddJobsAsync(_jobs);
        var cursor = (await GetAsync(Range, JobSort.Read("-vram_peak_mb"), 10, null))!.NextCursor;

        Assert.Null(await GetAsync(Range, JobSort.Read("vram_peak_mb"), 10, cursor));
        Assert.NotNull(await GetAsync(Range, JobSort.Read("vram_peak_mb:desc"), 10, cursor));
        Assert.NotNull(await GetAsync(Range, null, 10, cursor));
    }

    [Fact]
    public async Task What_is_no_cursor_is_refused()
    {
        string[] texts = ["x", "====", "eyJ9", Convert.ToBase64String("-created_at|1|2|=x|1"u8), Convert.ToBase64String("nonsense|0|9|-|1"u8), "ü"];

        Assert.All(await Task.WhenAll(texts.Select(text => GetAsync(Range, null, 10, text))), Assert.Null);
        await Gen.String.SampleAsync(async text => Assert.Null(await GetAsync(Range, null, 10, text)), iter: 200, threads: 1);
    }

    private static IEnumerable<FarmRow> InOrder(IEnumerable<FarmRow> jobs, JobSort sort)
    {
        double? Value(FarmRow job) => sort.Field switch
        {
            "created_at" => job.CompletedAt.Ticks / 10,
            "time_per_frame_ms" => job.TimePerFrameMs,
            "total_gpu_time_ms" => job.GpuTimeMs,
            "total_wall_time_ms" => job.WallTimeMs,
            "vram_peak_mb" => job.VramMb,
            _ => job.Scores.TryGetValue("likeness", out var likeness) ? likeness : null,
        };

        var sign = sort.Descending ? -1 : 1;
        return jobs.OrderBy(j => Value(j) is null).ThenBy(j => sign * Value(j)).ThenBy(j => sign * j.JobId);
    }

    private async Task<List<JobItem>> ReadAllAsync(JobSort? sort, int limit, Func<Task>? between = null, MetricFilter? filter = null)
    {
        var items = new List<JobItem>();
        string? cursor = null;
        do
        {
            var page = (await database.Get<JobListQueries>().GetAsync(
                Range, filter ?? MetricFilter.None, sort, limit, cursor, TestContext.Current.CancellationToken))!;
            Assert.True(page.Items.Count <= limit && (page.NextCursor is null || page.Items.Count == limit));
            items.AddRange(page.Items);
            cursor = page.NextCursor;
            if (between is not null)
                await between();
        }
        while (cursor is not null);
        return items;
    }

    private Task<CursorPage<JobItem>?> GetAsync(TimeRange range, JobSort? sort, int limit, string? cursor) =>
        database.Get<JobListQueries>().GetAsync(range, MetricFilter.None, sort, limit, cursor, TestContext.Current.CancellationToken);
}
