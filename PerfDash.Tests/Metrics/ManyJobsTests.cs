using PerfDash.Core;
using PerfDash.Core.Jobs;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Core.Quality;
using PerfDash.Core.Workflows;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Metrics;

/// <summary>More jobs than percentiles are exact for: what is asked of them, and how.</summary>
public sealed class ManyJobsTests(ManyJobs jobs) : IClassFixture<ManyJobs>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_jobs_sums_are_exact_and_percentiles_half_a_percent_off_at_most()
    {
        var overview = await jobs.Database.Get<OverviewQueries>().GetOverviewAsync(ManyJobs.Range, MetricFilter.None, RankBy.TimePerFrame, Cancel);

        SameSummary(jobs.Rows, overview.Summary);
        foreach (var workflow in overview.TopWorkflows)
            SameSummary([.. jobs.Rows.Where(j => j.WorkflowId == workflow.WorkflowId)], workflow);
    }

    [Fact]
    public async Task The_detail_of_a_workflow_of_many_jobs_counts_each_once()
    {
        var detail = (await jobs.Database.Get<WorkflowQueries>().GetAsync(1, ManyJobs.Range, MetricFilter.None, Cancel))!;

        List<FarmRow> own = [.. jobs.Rows.Where(j => j.WorkflowId == 1)];
        SameSummary(own, detail);
        double[] times = [.. own.Select(j => (double)j.TimePerFrameMs!)];
        Near(SampleDeviation(times), detail.TimePerFrame.Stddev, 1e-6);
        SameHistogram(times, detail.TimePerFrame.Histogram);
        foreach (var score in detail.QualityScores)
        {
            double[] values = [.. own.Where(j => j.Scores.ContainsKey(score.Name)).Select(j => j.Scores[score.Name])];
            Near(values.Average(), score.Avg);
            Near(Percentile(values, 0.5), score.P50, 0.005);
            Near(SampleDeviation(values), score.Stddev, 1e-3);
            SameHistogram(values, score.Histogram);
        }

        foreach (var stage in detail.PipelineStages)
        {
            double[] durations = [.. own.Select(j => j.Stages.Where(s => s.Name == stage.Name).Sum(s => s.Ms)).Where(ms => ms > 0)];
            Assert.Equal(durations.Length, stage.JobCount);
            Near(durations.Sum(), stage.TotalDurationMs);
            Near(Percentile(durations, 0.95), stage.P95DurationMs, 0.005);
        }

        Assert.Equal(["decode", "sample"], detail.PipelineStages.Select(s => s.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_scores_of_many_jobs_are_counted_between_the_same_edges()
    {
        var scores = await jobs.Database.Get<QualityQueries>().GetAsync(ManyJobs.Range, MetricFilter.None, Cancel);

        Assert.Equal(["aesthetic", "likeness"], scores.Select(s => s.Name));
        foreach (var score in scores)
        {
            foreach (var workflow in score.Workflows)
                SameHistogram([.. jobs.Rows.Where(j => j.WorkflowId == workflow.WorkflowId && j.Scores.ContainsKey(score.Name)).Select(j => j.Scores[score.Name])], workflow.Histogram);
        }
    }

    [Fact]
    public async Task Both_coefficients_of_many_jobs_are_those_of_all()
    {
        var correlation = await jobs.Database.Get<CorrelationQueries>().GetAsync("cfg", "likeness", ManyJobs.Range, MetricFilter.None, Cancel);

        List<FarmRow> pairs = [.. jobs.Rows.Where(j => j.Scores.ContainsKey("likeness"))];
        Assert.Equal(pairs.Count, correlation.Count);
        var (x, y) = (pairs.ConvertAll(j => (double)j.Parameters["cfg"]), pairs.ConvertAll(j => j.Scores["likeness"]));
        Near(MathNet.Numerics.Statistics.Correlation.Pearson(x, y), correlation.Pearson, 1e-6);
        Near(MathNet.Numerics.Statistics.Correlation.Spearman(x, y), correlation.Spearman, 1e-6);
        Assert.InRange(correlation.Points.Count, 1500, CorrelationQueries.MaxPoints);
        var byId = jobs.Rows.ToDictionary(j => j.JobId);
        Assert.All(correlation.Points, p => Assert.Equal((byId[p.JobId].Parameters["cfg"], byId[p.JobId].Scores["likeness"]), (p.X.Value, p.Y)));
        Assert.Equal(["cfg"], correlation.Parameters);
        Assert.Equal(["aesthetic", "likeness"], correlation.Scores);
    }

    [Fact]
    public async Task A_workflow_is_answered_by_the_index_alone()
    {
        jobs.Asked.Clear();
        await jobs.Database.Get<WorkflowTrendQueries>().GetAsync(2, ManyJobs.Range, MetricFilter.None, Bucket.Day, "UTC", 7, Cancel);

        var figures = (await jobs.Asked.PlansAsync()).Where(plan => !ReadsOtherScores(plan)).ToList();
        Assert.NotEmpty(figures);
        Assert.All(figures, plan => Assert.Contains("Index Only Scan using performance_metrics_2024_03_workflow_id", plan, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_newest_jobs_are_read_from_the_end_of_an_index_page_by_page()
    {
        jobs.Asked.Clear();
        var list = jobs.Database.Get<JobListQueries>();
        var first = (await list.GetAsync(ManyJobs.Range, MetricFilter.None, JobSort.Default, 50, null, Cancel))!;
        var second = (await list.GetAsync(ManyJobs.Range, MetricFilter.None, null, 50, first.NextCursor, Cancel))!;
        await list.GetAsync(ManyJobs.Range, MetricFilter.None with { WorkflowId = 2 }, JobSort.Default, 50, null, Cancel);

        Assert.Equal(
            jobs.Rows.OrderByDescending(j => j.CompletedAt).ThenByDescending(j => j.JobId).Take(100).Select(j => j.JobId),
            first.Items.Concat(second.Items).Select(j => j.JobId));
        var plans = await jobs.Asked.PlansAsync();
        Assert.Equal(3, plans.Count);
        Assert.All(plans, plan => Assert.Contains("Index Only Scan Backward using performance_metrics_2024_03_", plan, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Known_scores_are_never_read_from_the_JSON_and_others_only_where_an_index_says_that_there_are_some()
    {
        jobs.Asked.Clear();
        await jobs.Database.Get<OverviewQueries>().GetOverviewAsync(ManyJobs.Range, MetricFilter.None, RankBy.Likeness, Cancel);
        await jobs.Database.Get<ThroughputQueries>().GetAsync(ManyJobs.Range, MetricFilter.None, Bucket.Day, "Europe/Berlin", Cancel);

        var plans = await jobs.Asked.PlansAsync();
        Assert.All(plans.Where(plan => !ReadsOtherScores(plan)), plan => Assert.DoesNotContain("_json", plan, StringComparison.Ordinal));
        Assert.Equal(2, plans.Count(ReadsOtherScores));
        Assert.All(plans.Where(ReadsOtherScores), plan => Assert.Contains("created_at_idx", plan, StringComparison.Ordinal));
    }

    private static bool ReadsOtherScores(string plan) => plan.Contains("jsonb_each", StringComparison.Ordinal);

    private static void SameSummary(List<FarmRow> rows, MetricSummary summary)
    {
        double[] times = [.. rows.Select(j => (double)j.TimePerFrameMs!)];
        Assert.Equal(rows.Count, summary.JobCount);
        Near(times.Average(), summary.AvgTimePerFrameMs);
        Assert.Equal(AsWritten((float)times.Min()), summary.MinTimePerFrameMs);
        Assert.Equal(AsWritten((float)times.Max()), summary.MaxTimePerFrameMs);
        Near(Percentile(times, 0.5), summary.P50TimePerFrameMs, 0.005);
        Near(Percentile(times, 0.95), summary.P95TimePerFrameMs, 0.005);
        Assert.Equal(rows.Sum(j => j.GpuTimeMs), summary.TotalGpuTimeMs);
        Assert.Equal(rows.Sum(j => (long)j.Frames!), summary.TotalFrames);
        Near(rows.Where(j => j.Scores.ContainsKey("likeness")).Average(j => j.Scores["likeness"]), summary.AvgLikenessScore);
        foreach (var (name, average) in summary.Quality)
            Near(rows.Where(j => j.Scores.ContainsKey(name)).Average(j => j.Scores[name]), average);
    }
}

/// <summary>40,000 jobs of three workflows in one month: heavy ties, a long tail, and a score beyond the four in one of a hundred.</summary>
public sealed class ManyJobs(PostgresServer server) : IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc);

    public static TimeRange Range { get; } = new(Start, Start.AddMonths(1));

    public TestDatabase Database { get; } = new(server);

    public List<FarmRow> Rows { get; } = [];

    /// <summary>What was asked. From before the first question on: EF Core looks only once a second whether anybody listens.</summary>
    public PlanRecorder Asked { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Database.InitializeAsync();
        Asked = new PlanRecorder(Database);
        await Database.AddEntitiesAsync();
        await Database.ScalarAsync<bool>("SELECT perfdash_ensure_metrics_month('2024-03-01Z')");
        var random = new Random(17);
        for (var i = 1; i <= 40_000; i++)
            Rows.Add(Row(random, i));
        foreach (var chunk in Rows.Chunk(10_000))
            await Database.AddJobsAsync(chunk);
        // An autovacuum that looks at the database at this moment keeps pages from being seen as done.
        await Eventually.ThatAsync(
            async () =>
            {
                await Database.ExecuteAsync("VACUUM (ANALYZE) performance_metrics");
                return await Database.ScalarAsync<bool>("SELECT relallvisible = relpages FROM pg_class WHERE relname = 'performance_metrics_2024_03'");
            },
            "every page is vacuumed");
    }

    public ValueTask DisposeAsync()
    {
        Asked?.Dispose();
        return Database.DisposeAsync();
    }

    private static FarmRow Row(Random random, int id)
    {
        var likeness = Math.Round(random.NextDouble(), 3);
        var scores = new Dictionary<string, double>();
        if (id % 7 != 0)
            scores["likeness"] = likeness;
        if (id % 100 == 0)
            scores["aesthetic"] = Math.Round((random.NextDouble() * 20) - 10, 2);
        return new FarmRow
        {
            JobId = id,
            WorkflowId = 1 + (id % 10 < 6 ? 0 : id % 2) + (id % 10 == 9 ? 1 : 0),
            WorkerId = 1 + (id % 5),
            Tier = id % 3 == 0 ? "4k" : "1080p",
            TimePerFrameMs = id % 4 == 0 ? 500 : (float)Math.Exp(6 + (1.2 * random.NextDouble()) + (random.Next(50) == 0 ? 4 : 0)),
            GpuTimeMs = random.Next(90_000),
            WallTimeMs = random.Next(100_000),
            VramMb = 10_000 + random.Next(9),
            Frames = random.Next(1, 100),
            Scores = scores,
            Stages = [("sample", 1 + random.Next(5000)), ("decode", 1 + random.Next(500)), ("sample", 1 + random.Next(3))],
            Parameters = new Dictionary<string, object> { ["cfg"] = Math.Round(likeness + random.Next(10), 1) },
            CompletedAt = Start.AddSeconds(id * 60),
        };
    }
}
