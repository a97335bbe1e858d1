using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Statistics;
using PerfDash.Core.Workflows;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workflows;

public sealed class WorkflowQueriesTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start.AddDays(2), Start.AddDays(20));

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(null, null)]
    [InlineData("1080p", null)]
    [InlineData(null, 2L)]
    public async Task Every_figure_equals_sums_made_by_hand(string? tier, long? project)
    {
        var all = FarmRows.MakeUp(seed: 7, jobs: 900, Start, days: 25);
        await database.AddJobsAsync(all);
        List<FarmRow> jobs =
        [
            .. all.Where(j => j.WorkflowId == 2 && j.CompletedAt >= Range.From && j.CompletedAt < Range.To
                && (tier is null || j.Tier == tier) && (project is null || j.ProjectId == project)),
        ];

        var detail = await GetAsync(2, new MetricFilter(ProjectId: project, WorkflowId: 1, ResolutionTier: tier));

        Assert.Equal((2, "Workflow 2", jobs.Count), (detail.WorkflowId, detail.WorkflowName, detail.JobCount));
        Near(Mean(jobs.Where(j => j.VramMb is not null).Select(j => (double)j.VramMb!)), detail.AvgVramPeakMb);
        Near(Mean(jobs.Where(j => j.Scores.ContainsKey("likeness")).Select(j => j.Scores["likeness"])), detail.AvgLikenessScore);
        SameDistribution([.. jobs.Select(j => j.TimePerFrameMs).OfType<float>()], detail.TimePerFrame);
        SameGpuTimes(jobs, j => j.WorkerId, [.. detail.GpuTimeByWorker.Select(g => (g.WorkerId, g.TotalGpuTimeMs!.Value, g.Share))]);
        SameGpuTimes(jobs, j => j.Tier, [.. detail.GpuTimeByResolutionTier.Select(g => (g.ResolutionTier, g.TotalGpuTimeMs!.Value, g.Share))]);
        Assert.All(detail.GpuTimeByWorker, g => Assert.Equal($"gpu-{g.WorkerId}", g.WorkerName));
        Assert.Equal(["aesthetic", "likeness"], detail.QualityScores.Select(s => s.Name));
        foreach (var score in detail.QualityScores)
            SameDistribution([.. jobs.Where(j => j.Scores.ContainsKey(score.Name)).Select(j => j.Scores[score.Name])], score);
        SameStages(jobs, detail);
    }

    [Fact]
    public async Task A_workflow_without_jobs_has_nulls_and_empty_lists()
    {
        var detail = await GetAsync(1, MetricFilter.None);

        Assert.Equal(0, detail.JobCount);
        Assert.Equal(new Distribution { Histogram = detail.TimePerFrame.Histogram }, detail.TimePerFrame);
        Assert.Null(detail.ShareOfJobsWithoutStages);
        Assert.Empty(detail.TimePerFrame.Histogram);
        Assert.Empty(detail.GpuTimeByWorker);
        Assert.Empty(detail.GpuTimeByResolutionTier);
        Assert.Empty(detail.QualityScores);
        Assert.Empty(detail.PipelineStages);
    }

    [Fact]
    public async Task A_workflow_that_does_not_exist_is_null() =>
        Assert.Null(await database.Get<WorkflowQueries>().GetAsync(99, Range, MetricFilter.None, TestContext.Current.CancellationToken));

    [Fact]
    public async Task One_job_has_no_deviation_and_one_bar()
    {
        await database.AddJobsAsync([new FarmRow { JobId = 1, TimePerFrameMs = 812.5f, CompletedAt = Range.From.UtcDateTime }]);

        var time = (await GetAsync(1, MetricFilter.None)).TimePerFrame;

        Assert.Equal((812.5, 812.5, 812.5, null), (time.Avg, time.Min, time.P99, time.Stddev));
        Assert.Equal([new HistogramBin(810, 820, 1)], time.Histogram);
    }

    [Fact]
    public async Task GPU_time_of_nothing_has_no_shares()
    {
        await database.AddJobsAsync([new FarmRow { JobId = 1, GpuTimeMs = 0, CompletedAt = Range.From.UtcDateTime }]);

        Assert.Equal([new WorkerGpuTime(1, "gpu-1", 0, null)], (await GetAsync(1, MetricFilter.None)).GpuTimeByWorker);
    }

    [Fact]
    public async Task What_other_programs_wrote_into_the_JSON_columns_breaks_nothing()
    {
        (string? Scores, string? Stages)[] hostile =
        [
            ("""{"likeness": "high", "x": null, "y": [1], "z": {"a": 1}, "huge": 1e400, "tiny": 1e-400, "ok": 0.5}""", """{"name": "load", "duration_ms": 5}"""),
            ("[1, 2]", """[1, null, "x", [2], {"name": 5, "duration_ms": 1}, {"name": "a"}, {"name": "a", "duration_ms": "9"}, {"name": "a", "duration_ms": -4}]"""),
            ("\"text\"", """[{"name": "a", "duration_ms": 1e400}, {"name": "a", "duration_ms": 1e30}, {"name": "a", "duration_ms": 30}, {"name": "b", "duration_ms": 10}]"""),
            ("null", "null"),
            ("""{"ok": 1e200, "likeness": -1e299}""", "17"),
            ("""{"ok": -1e200}""", null),
        ];
        await database.AddJobsAsync(
        [
            .. hostile.Select((json, i) => new FarmRow { JobId = i + 1, ScoresJson = json.Scores, StagesJson = json.Stages, CompletedAt = Range.From.UtcDateTime }),
        ]);

        var detail = await GetAsync(1, MetricFilter.None);

        Assert.Equal([("likeness", 1), ("ok", 3), ("tiny", 1)], detail.QualityScores.Select(s => (s.Name, s.Count)));
        Assert.Equal([("a", 1, 30, 0.75), ("b", 1, 10, 0.25)], detail.PipelineStages.Select(s => (s.Name, s.JobCount, s.TotalDurationMs, s.Share!.Value)));
        Near(5 / 6.0, detail.ShareOfJobsWithoutStages);
    }

    private async Task<WorkflowDetail> GetAsync(long id, MetricFilter filter) =>
        (await database.Get<WorkflowQueries>().GetAsync(id, Range, filter, TestContext.Current.CancellationToken))!;

    private static void SameGpuTimes<T>(List<FarmRow> jobs, Func<FarmRow, T> group, List<(T Key, long Total, double? Share)> actual)
    {
        var expected = jobs.Where(j => j.GpuTimeMs is not null).GroupBy(group).Select(g => (g.Key, Total: g.Sum(j => j.GpuTimeMs!.Value))).ToList();
        Assert.Equal(expected.ToHashSet(), actual.Select(a => (a.Key, a.Total)).ToHashSet());
        Assert.Equal(actual.Select(a => a.Total).OrderDescending(), actual.Select(a => a.Total));
        Near(1, actual.Sum(a => a.Share));
        Assert.All(actual, a => Near(a.Total / (double)expected.Sum(e => e.Total), a.Share));
    }

    private static void SameStages(List<FarmRow> jobs, WorkflowDetail detail)
    {
        var perJob = jobs.SelectMany(j => j.Stages.GroupBy(s => s.Name).Select(g => (g.Key, Ms: g.Sum(s => s.Ms)))).ToList();
        foreach (var stage in detail.PipelineStages)
        {
            double[] durations = [.. perJob.Where(p => p.Key == stage.Name).Select(p => p.Ms)];
            Assert.Equal(durations.Length, stage.JobCount);
            Near(durations.Sum(), stage.TotalDurationMs);
            Near(durations.Sum() / durations.Length, stage.AvgDurationMs);
            Near(Percentile(durations, 0.5), stage.P50DurationMs);
            Near(Percentile(durations, 0.95), stage.P95DurationMs);
            Near(durations.Sum() / perJob.Sum(p => p.Ms), stage.Share);
        }

        Assert.Equal(perJob.Select(p => p.Key).Distinct().Count(), detail.PipelineStages.Count);
        Assert.Equal(detail.PipelineStages.Select(s => s.TotalDurationMs).OrderDescending(), detail.PipelineStages.Select(s => s.TotalDurationMs));
        Near(1, detail.PipelineStages.Sum(s => s.Share));
        Near(jobs.Count(j => j.Stages.Count == 0) / (double)jobs.Count, detail.ShareOfJobsWithoutStages);
    }
}
