using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Workers;
using PerfDash.Data;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workers;

public sealed class UtilizationTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const int Hour = 3_600_000;

    private static readonly DateTime Start = new(2024, 2, 28, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Day = new(Start, Start.AddDays(1));

    private DateTimeOffset _now = Start.AddYears(1);
    private long _jobId;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Overlapping_jobs_count_once()
    {
        // 1–3 and 2–4, one inside another, one that touches, and one apart: 1–5 and 8–9.
        await AddAsync((3, 2 * Hour), (4, 2 * Hour), (2.5, Hour / 4), (5, Hour), (9, Hour));

        Same(Day, 5 * Hour, await GetAsync(Day));
    }

    [Fact]
    public async Task Intervals_are_cut_to_the_range_on_both_sides()
    {
        await AddAsync((2, 10 * Hour), (26, 5 * Hour), (0, Hour), (30, 3 * Hour));

        Same(Day, (2 + 3) * Hour, await GetAsync(Day));
    }

    [Fact]
    public async Task A_job_that_ended_days_after_the_range_still_filled_it()
    {
        await AddAsync((24 + (24 * 40), 45L * 24 * Hour));

        Same(Day, 24 * Hour, await GetAsync(Day));
    }

    [Fact]
    public async Task Jobs_of_other_workers_and_without_a_wall_time_fill_nothing()
    {
        await AddAsync((3, null), (4, 0));
        await database.AddJobsAsync([new FarmRow { JobId = 99, WorkerId = 2, WallTimeMs = Hour, CompletedAt = Start.AddHours(5) }]);

        Same(Day, 0, await GetAsync(Day));
    }

    [Fact]
    public async Task Jobs_that_the_filter_leaves_out_still_keep_a_worker_busy()
    {
        await AddAsync((3, Hour));

        Same(Day, Hour, await GetAsync(Day, new MetricFilter(WorkflowId: 2)));
    }

    [Fact]
    public async Task A_range_that_ends_in_the_future_ends_now()
    {
        await AddAsync((3, 2 * Hour), (8, 4 * Hour));
        _now = Start.AddHours(6);

        Same(new TimeRange(Start, Start.AddHours(6)), (2 + 2) * Hour, await GetAsync(Day));
    }

    [Fact]
    public async Task A_range_in_the_future_has_no_percentages()
    {
        await AddAsync((3, 2 * Hour));
        _now = Start.AddHours(-1);

        Assert.Equal(
            new Utilization { WindowMs = 0, GeneratingMs = 0, IdleMs = 0, GeneratingPercent = null, IdlePercent = null }, await GetAsync(Day));
    }

    [Fact]
    public async Task Absurd_wall_times_and_ranges_break_nothing()
    {
        await AddAsync((25, long.MaxValue), (3, -5));
        var ages = new TimeRange(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

        Same(Day, 24 * Hour, await GetAsync(Day));
        Assert.InRange((await GetAsync(ages)).GeneratingPercent!.Value, 0, 100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_union_equals_the_seconds_ticked_off_one_by_one(int seed)
    {
        var random = new Random(seed);
        (double Hours, long? Wall)[] jobs =
        [
            .. Enumerable.Range(0, 60).Select(_ => (random.Next(-7200, 2 * 86400) / 3600.0, (long?)(random.Next(8) == 0 ? random.Next(100_000) : random.Next(2000)) * 1000)),
        ];
        await AddAsync(jobs);
        var busy = new bool[86_400];
        foreach (var (hours, wall) in jobs)
        {
            var end = (long)Math.Round(hours * 3600);
            for (var second = Math.Max(0, end - (wall!.Value / 1000)); second < Math.Min(end, busy.Length); second++)
                busy[second] = true;
        }

        Same(Day, busy.Count(b => b) * 1000L, await GetAsync(Day));
    }

    private static void Same(TimeRange window, long generatingMs, Utilization actual)
    {
        Assert.Equal((long)window.Length.TotalMilliseconds, actual.WindowMs);
        Assert.Equal((generatingMs, actual.WindowMs - generatingMs), (actual.GeneratingMs, actual.IdleMs));
        Near(100.0 * generatingMs / actual.WindowMs, actual.GeneratingPercent);
        Near(100 - (100.0 * generatingMs / actual.WindowMs), actual.IdlePercent);
    }

    private Task AddAsync(params (double Hours, long? WallMs)[] jobs) => database.AddJobsAsync(
        [.. jobs.Select(j => new FarmRow { JobId = ++_jobId, WallTimeMs = j.WallMs, CompletedAt = Start.AddSeconds(Math.Round(j.Hours * 3600)) })]);

    private async Task<Utilization> GetAsync(TimeRange range, MetricFilter? filter = null)
    {
        var workers = new WorkerQueries(database.Get<IDbContextFactory<PerfDashDbContext>>(), new FakeTimeProvider(_now));
        return (await workers.GetAsync(1, range, filter ?? MetricFilter.None, TestContext.Current.CancellationToken))!.Utilization;
    }
}
