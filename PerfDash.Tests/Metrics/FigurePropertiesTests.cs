using PerfDash.Core;
using PerfDash.Core.Comparison;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Core.Quality;
using PerfDash.Core.Workers;
using PerfDash.Core.Workflows;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Metrics;

/// <summary>
/// What must hold between figures whatever the jobs are: farms of no, one, few and many jobs over 60 days that hold a leap
/// day, month ends and the changes of the clock in America, Europe and Australia.
/// </summary>
public sealed class FigurePropertiesTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start.AddDays(1).AddHours(5), Start.AddDays(55).AddMinutes(7));

    private List<FarmRow> _all = [];
    private List<FarmRow> _jobs = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<int, int> Farms => new() { { 1, 0 }, { 2, 1 }, { 3, 2 }, { 4, 12 }, { 5, 90 }, { 6, 600 } };

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Farms))]
    public async Task Shares_sum_to_one_and_bars_to_the_number_of_values(int seed, int jobs)
    {
        await AddAsync(seed, jobs);
        for (var id = 1; id <= 3; id++)
        {
            var workflow = (await database.Get<WorkflowQueries>().GetAsync(id, Range, MetricFilter.None, Cancel))!;
            SumsToOne(workflow.GpuTimeByWorker.Select(w => w.Share));
            SumsToOne(workflow.GpuTimeByResolutionTier.Select(t => t.Share));
            SumsToOne(workflow.PipelineStages.Select(s => s.Share));
            Assert.Equal(workflow.TotalGpuTimeMs ?? 0, workflow.GpuTimeByWorker.Sum(w => w.TotalGpuTimeMs));
            Assert.Equal(workflow.TotalGpuTimeMs ?? 0, workflow.GpuTimeByResolutionTier.Sum(t => t.TotalGpuTimeMs));
            Assert.Equal(_jobs.Count(j => j.WorkflowId == id && j.TimePerFrameMs is not null), workflow.TimePerFrame.Histogram.Sum(b => b.Count));
            Assert.All(workflow.QualityScores, s => Assert.Equal(_jobs.Count(j => j.WorkflowId == id && j.Scores.ContainsKey(s.Name)), s.Histogram.Sum(b => b.Count)));
            InOrder(workflow.TimePerFrame.Min, workflow.TimePerFrame.P50, workflow.TimePerFrame.P90, workflow.TimePerFrame.P95, workflow.TimePerFrame.P99, workflow.TimePerFrame.Max);
            InOrder(workflow.MinTimePerFrameMs, workflow.AvgTimePerFrameMs, workflow.MaxTimePerFrameMs);
        }

        foreach (var score in await database.Get<QualityQueries>().GetAsync(Range, MetricFilter.None, Cancel))
            Assert.All(score.Workflows, w => Assert.Equal(w.Count, w.Histogram.Sum(b => b.Count)));
    }

    [Theory]
    [MemberData(nameof(Farms))]
    public async Task The_union_of_jobs_is_at_most_the_range_and_their_sum_and_at_least_the_longest(int seed, int jobs)
    {
        await AddAsync(seed, jobs);
        for (var id = 1; id <= 5; id++)
        {
            var utilization = (await database.Get<WorkerQueries>().GetAsync(id, Range, MetricFilter.None, Cancel))!.Utilization;
            double[] cut = [.. _all.Where(j => j.WorkerId == id && j.WallTimeMs > 0).Select(Cut).Where(ms => ms > 0)];
            Assert.Equal(utilization.WindowMs, utilization.GeneratingMs + utilization.IdleMs);
            Assert.InRange(utilization.GeneratingMs, cut.DefaultIfEmpty().Max() - 1, Math.Min(utilization.WindowMs, cut.Sum()) + 1);
            Near(100, utilization.GeneratingPercent + utilization.IdlePercent);
        }

        static double Cut(FarmRow job)
        {
            var (from, to) = (job.CompletedAt.AddMilliseconds(-job.WallTimeMs!.Value), job.CompletedAt);
            return ((to < Range.To ? to : Range.To.UtcDateTime) - (from > Range.From ? from : Range.From.UtcDateTime)).TotalMilliseconds;
        }
    }

    [Theory]
    [MemberData(nameof(Farms))]
    public async Task Buckets_workflows_workers_and_cells_each_sum_to_the_whole(int seed, int jobs)
    {
        await AddAsync(seed, jobs);
        var whole = await database.Get<SummaryQueries>().GetAsync(Range, MetricFilter.None, Cancel);
        Assert.Equal(_jobs.Count, whole.JobCount);
        foreach (var bucket in Enum.GetValues<Bucket>())
        {
            foreach (var zone in (string[])["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
            {
                var points = await database.Get<ThroughputQueries>().GetAsync(Range, MetricFilter.None, bucket, zone, Cancel, SummaryParts.Percentiles | SummaryParts.Costs);
                Assert.Equal((whole.JobCount, whole.TotalGpuTimeMs ?? 0), (points.Sum(p => p.JobCount), points.Sum(p => p.TotalGpuTimeMs ?? 0)));
                Assert.Equal(points.Select(p => p.BucketStart).Order().Distinct(), points.Select(p => p.BucketStart));
                var drift = (await database.Get<WorkerDriftQueries>().GetAsync(1, Range, MetricFilter.None, bucket, zone, Cancel))!;
                Assert.Equal(_jobs.Count(j => j is { WorkerId: 1, TimePerFrameMs: > 0 }), drift.Points.Sum(p => p.TimedJobCount));
                Assert.Subset(points.Where(p => p.JobCount > 0).Select(p => p.BucketStart).ToHashSet(), drift.Points.Select(p => p.BucketStart).ToHashSet());
            }
        }

        var coverage = (await database.Get<CoverageQueries>().GetAsync(Range, MetricFilter.None, Cancel))!;
        Assert.Equal((whole.JobCount, whole.JobCount), (coverage.Items.Sum(i => i.JobCount), coverage.Workers.Sum(w => w.JobCount)));
        var failures = (await database.Get<FailureQueries>().GetAsync(Range, MetricFilter.None, Cancel))!;
        Assert.Equal(whole.JobCount, failures.Sum(f => f.CompletedCount));
        Assert.All(failures, f => Assert.Equal(0, f.FailureShare));
    }

    [Theory]
    [MemberData(nameof(Farms))]
    public async Task A_with_B_is_B_with_A_turned_over(int seed, int jobs)
    {
        await AddAsync(seed, jobs);
        var comparison = database.Get<ComparisonQueries>();
        var names = await comparison.GetNamesAsync([1, 2], Cancel);

        var ab = await comparison.CompareAsync(names, [1, 2], Range, MetricFilter.None, Cancel);
        var ba = await comparison.CompareAsync(names, [2, 1], Range, MetricFilter.None, Cancel);

        var (forth, back) = (Assert.Single(ab.Differences), Assert.Single(ba.Differences));
        Mirrored(forth.TimePerFramePercent, back.TimePerFramePercent);
        Mirrored(forth.GpuTimePercent, back.GpuTimePercent);
        Mirrored(forth.VramPercent, back.VramPercent);
        Mirrored(forth.LikeForLike.TimePerFrame.Percent, back.LikeForLike.TimePerFrame.Percent);
        Mirrored(forth.LikeForLike.TimePerFrame.IntervalLow, back.LikeForLike.TimePerFrame.IntervalHigh);
        Mirrored(forth.LikeForLike.Vram.IntervalHigh, back.LikeForLike.Vram.IntervalLow);
        Assert.Equal(Turned(forth.SpeedVerdict), back.SpeedVerdict);
        Assert.Equal(Turned(forth.QualityVerdict), back.QualityVerdict);
        Assert.Equal((ab.FastestWorkflowId, ab.BestQualityWorkflowId), (ba.FastestWorkflowId, ba.BestQualityWorkflowId));

        static Verdict Turned(Verdict verdict) => verdict switch
        {
            Verdict.Faster => Verdict.Slower,
            Verdict.Slower => Verdict.Faster,
            Verdict.Better => Verdict.Worse,
            Verdict.Worse => Verdict.Better,
            _ => verdict,
        };

        static void Mirrored(double? forth, double? back)
        {
            // An end beyond what a double holds is null; its mirror is then all there is to lose.
            if (forth is null || back is null)
                Near(-100, forth ?? back ?? -100);
            else
                Near(1, (1 + (forth / 100)) * (1 + (back / 100)), 1e-6);
        }
    }

    private async Task AddAsync(int seed, int jobs)
    {
        _all = FarmRows.MakeUp(seed, jobs, Start, days: 60);
        await database.AddJobsAsync(_all);
        _jobs = [.. _all.Where(j => j.CompletedAt >= Range.From && j.CompletedAt < Range.To)];
    }

    private static void SumsToOne(IEnumerable<double?> shares)
    {
        double[] known = [.. shares.OfType<double>()];
        Assert.All(known, share => Assert.InRange(share, 0, 1));
        if (known.Length > 0)
            Near(1, known.Sum());
    }

    private static void InOrder(params double?[] values) => Assert.Equal(values.Order(), values);
}
