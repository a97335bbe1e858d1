using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Quality;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Quality;

public sealed class ScoreTrendTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start.AddHours(30), Start.AddDays(20));

    private List<FarmRow> _jobs = [];

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        _jobs = FarmRows.MakeUp(seed: 11, jobs: 500, Start, days: 25);
        await database.AddJobsAsync(_jobs);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IEnumerable<FarmRow> InRange => _jobs.Where(j => j.CompletedAt >= Range.From && j.CompletedAt < Range.To);

    [Fact]
    public async Task Every_score_equals_means_made_by_hand_and_still_days_are_gaps()
    {
        var trends = await database.Get<ScoreTrendQueries>().GetAsync(Range, new MetricFilter(WorkerId: 2), Bucket.Day, Cancellation);

        Assert.Equal(["likeness", "aesthetic"], trends.Select(t => t.Name));
        foreach (var trend in trends)
        {
            Assert.Equal(19, trend.Points.Count);
            Assert.Equal(Start.AddDays(1), trend.Points[0].BucketStart);
            foreach (var point in trend.Points)
            {
                double[] values = [.. InRange.Where(j => j.WorkerId == 2 && j.CompletedAt.Date == point.BucketStart && j.Scores.ContainsKey(trend.Name)).Select(j => j.Scores[trend.Name])];
                Assert.Equal(values.Length, point.Count);
                Near(Mean(values), point.Avg);
            }

            Assert.Contains(trend.Points, p => p.Avg is null);
            Assert.Equal(trend.Points.Sum(p => p.Count), trend.Count);
        }
    }

    [Fact]
    public async Task A_score_can_be_followed_workflow_by_workflow()
    {
        var trends = await database.Get<ScoreTrendQueries>().GetByWorkflowAsync("likeness", [3, 1, 99], Range, MetricFilter.None, Bucket.Week, Cancellation);

        Assert.Equal([3, 1], trends.Select(t => t.WorkflowId));
        foreach (var trend in trends)
        {
            double[] values = [.. InRange.Where(j => j.WorkflowId == trend.WorkflowId && j.Scores.ContainsKey("likeness")).Select(j => j.Scores["likeness"])];
            Assert.Equal(values.Length, trend.Count);
            Near(Mean(values), trend.Points.Sum(p => p.Avg.GetValueOrDefault() * p.Count) / values.Length);
            Assert.All(trend.Points, p => Assert.Equal(DayOfWeek.Monday, p.BucketStart.DayOfWeek));
        }
    }

    [Fact]
    public async Task The_jobs_of_a_rectangle_are_all_counted_and_the_latest_listed()
    {
        var found = await database.Get<RelationJobQueries>().GetAsync("cfg", "likeness", new(3, 6, 0.3, 0.7), Range, MetricFilter.None, Cancellation);

        FarmRow[] inside =
        [
            .. InRange.Where(j => j.Parameters.GetValueOrDefault("cfg") is double x and >= 3 and <= 6 && j.Scores.TryGetValue("likeness", out var y) && y is >= 0.3 and <= 0.7)
                .OrderByDescending(j => j.CompletedAt),
        ];
        Assert.NotEmpty(inside);
        Assert.Equal(inside.Length, found.Count);
        Assert.Equal(inside.Take(RelationJobQueries.MostListed).Select(j => j.JobId), found.Jobs.Select(j => j.JobId));
        Assert.Equal($"Workflow {inside[0].WorkflowId}", found.Jobs[0].WorkflowName);
    }

    [Fact]
    public async Task A_small_range_is_sampled_whole_with_numbers_and_texts()
    {
        var sample = await database.Get<QualitySampleQueries>().GetAsync(Range, new MetricFilter(WorkflowId: 2), Cancellation);

        FarmRow[] scored = [.. InRange.Where(j => j.WorkflowId == 2 && j.Scores.Count > 0).OrderBy(j => j.JobId)];
        Assert.Equal(scored.Length, sample.Count);
        Assert.Equal(scored.Select(j => j.JobId), sample.Jobs.Select(j => j.JobId));
        foreach (var (row, job) in scored.Zip(sample.Jobs))
        {
            Assert.Equal(row.Parameters.Keys.Order(), job.Parameters.Keys.Order());
            Assert.Equal(row.Parameters.GetValueOrDefault("cfg") as double?, job.Parameters.GetValueOrDefault("cfg").Number);
            Assert.Equal(row.Scores.Count, job.Scores.Count);
        }
    }

    [Fact]
    public async Task A_large_range_is_sampled_the_same_way_each_time()
    {
        await database.AddJobsAsync([.. Enumerable.Range(1001, 3000).Select(i => new FarmRow { JobId = i, Scores = new Dictionary<string, double> { ["likeness"] = i }, CompletedAt = Start.AddDays(3).AddSeconds(i) })]);
        var one = await database.Get<QualitySampleQueries>().GetAsync(Range, MetricFilter.None, Cancellation);
        var other = await database.Get<QualitySampleQueries>().GetAsync(Range, MetricFilter.None, Cancellation);

        Assert.Equal(3000 + InRange.Count(j => j.Scores.Count > 0), one.Count);
        Assert.Equal(QualitySampleQueries.MostJobs, one.Jobs.Count);
        Assert.Equal(one.Jobs.Select(j => j.JobId), other.Jobs.Select(j => j.JobId));
        // Even over the ids: the middle of the sample is near the middle of the jobs.
        Assert.InRange(one.Jobs.Where(j => j.JobId > 1000).Average(j => j.JobId), 2300, 2700);
    }
}
