using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Workflows;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workflows;

public sealed class WorkflowTrendTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    // A leap day, month ends, and the start of summer time in New York (10 March) and Berlin (31 March).
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start.AddHours(30.5), Start.AddDays(44));

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(Bucket.Hour, "Asia/Kolkata", 5)]
    [InlineData(Bucket.Day, "UTC", 7)]
    [InlineData(Bucket.Day, "Europe/Berlin", 3)]
    [InlineData(Bucket.Day, "America/New_York", 1)]
    [InlineData(Bucket.Week, "Europe/Berlin", 2)]
    [InlineData(Bucket.Month, "Pacific/Auckland", 2)]
    public async Task Points_and_moving_averages_equal_sums_made_by_hand(Bucket bucket, string zone, int window)
    {
        var all = FarmRows.MakeUp(seed: 3, jobs: 400, Start, days: 46);
        await database.AddJobsAsync(all);
        var buckets = all.Where(j => j.WorkflowId == 3 && j.CompletedAt >= Range.From && j.CompletedAt < Range.To)
            .GroupBy(j => StartOf(j.CompletedAt, bucket, TimeZoneInfo.FindSystemTimeZoneById(zone))).OrderBy(g => g.Key).ToList();

        var trend = await GetAsync(3, bucket, zone, window);

        Assert.Equal((3, bucket, zone, window), (trend.WorkflowId, trend.Bucket, trend.TimeZone, trend.Window));
        Assert.Equal(buckets.Select(s => s.Key), trend.Points.Select(p => p.BucketStart));
        for (var i = 0; i < buckets.Count; i++)
        {
            var (point, window0) = (trend.Points[i], buckets[Math.Max(0, i - window + 1)..(i + 1)]);
            Assert.Equal(buckets[i].Count(), point.JobCount);
            Near(Time(buckets[i]), point.AvgTimePerFrameMs);
            Near(buckets[i].Average(j => (double?)j.GpuTimeMs), point.AvgGpuTimeMs);
            Near(buckets[i].Average(j => (double?)j.VramMb), point.AvgVramPeakMb);
            Near(window0.Average(Time), point.MovingAvgTimePerFrameMs);
            foreach (var name in (string[])["likeness", "aesthetic"])
            {
                Near(Score(buckets[i], name), point.Quality.GetValueOrDefault(name)?.Avg);
                Near(window0.Average(s => Score(s, name)), point.Quality.GetValueOrDefault(name)?.MovingAvg);
            }
        }
    }

    [Fact]
    public async Task A_bucket_without_the_value_keeps_the_moving_average_of_those_before_it()
    {
        await database.AddJobsAsync(
        [
            new FarmRow { JobId = 1, TimePerFrameMs = 10, Scores = new Dictionary<string, double> { ["likeness"] = 0.5 }, CompletedAt = Start.AddDays(3) },
            new FarmRow { JobId = 2, CompletedAt = Start.AddDays(9) },
            new FarmRow { JobId = 3, CompletedAt = Start.AddDays(12) },
        ]);

        var points = (await GetAsync(1, Bucket.Day, "UTC", 2)).Points;

        Assert.Equal([(10, 10), (null, 10), (null, null)], points.Select(p => (p.AvgTimePerFrameMs, p.MovingAvgTimePerFrameMs)));
        Assert.Equal([new TrendScore(0.5, 0.5), new TrendScore(null, 0.5), null], points.Select(p => p.Quality.GetValueOrDefault("likeness")));
    }

    [Fact]
    public async Task A_workflow_without_jobs_has_no_points_and_one_that_does_not_exist_is_null()
    {
        Assert.Empty((await GetAsync(1, Bucket.Day, "UTC", 7)).Points);
        Assert.Null(await database.Get<WorkflowTrendQueries>().GetAsync(
            99, Range, MetricFilter.None, Bucket.Day, "UTC", 7, TestContext.Current.CancellationToken));
    }

    private async Task<WorkflowTrend> GetAsync(long id, Bucket bucket, string zone, int window) =>
        (await database.Get<WorkflowTrendQueries>().GetAsync(id, Range, MetricFilter.None, bucket, zone, window, TestContext.Current.CancellationToken))!;

    // The mean of the stored values, within the least and the greatest as they are written.
    private static double? Time(IEnumerable<FarmRow> jobs) => jobs.Average(j => (double?)j.TimePerFrameMs) is { } mean
        ? Math.Clamp(mean, jobs.Min(j => Written(j.TimePerFrameMs))!.Value, jobs.Max(j => Written(j.TimePerFrameMs))!.Value)
        : null;

    private static double? Written(float? real) => real is { } value ? AsWritten(value) : null;

    private static double? Score(IEnumerable<FarmRow> jobs, string name) =>
        jobs.Where(j => j.Scores.ContainsKey(name)).Select(j => (double?)j.Scores[name]).Average();

    private static DateTime StartOf(DateTime moment, Bucket bucket, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTimeFromUtc(moment, zone);
        if (bucket == Bucket.Hour)
            return moment.AddTicks(-(local.Ticks % TimeSpan.TicksPerHour));
        var start = bucket switch
        {
            Bucket.Day => local.Date,
            Bucket.Week => local.Date.AddDays(-(((int)local.DayOfWeek + 6) % 7)),
            _ => new DateTime(local.Year, local.Month, 1),
        };
        return TimeZoneInfo.ConvertTimeToUtc(DateTime.SpecifyKind(start, DateTimeKind.Unspecified), zone);
    }
}
