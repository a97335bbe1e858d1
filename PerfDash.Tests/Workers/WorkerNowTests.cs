using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Workers;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workers;

/// <summary>What the pages of workers ask beside the comparison: state, a day, one job type, cost, memory.</summary>
public sealed class WorkerNowTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start.AddDays(2), Start.AddDays(20));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_worker_runs_idles_is_missed_or_never_worked()
    {
        var now = DateTime.UtcNow;
        var running = await database.AddRunningJobAsync(2, 1);
        await database.AddJobsAsync(
        [
            new FarmRow { JobId = 101, WorkerId = 1, CompletedAt = now.AddDays(-40) },
            new FarmRow { JobId = 102, WorkerId = 2, CompletedAt = now.AddHours(-1) },
            new FarmRow { JobId = 103, WorkerId = 3, CompletedAt = now.AddDays(-3) },
            new FarmRow { JobId = 104, WorkerId = 3, CompletedAt = now.AddDays(-5) },
        ]);
        // A worker whose jobs all fail is not gone.
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status, completed_at) VALUES (1, 4, 'failed', now() - INTERVAL '2 hours')");

        var states = await database.Get<WorkerStateQueries>().GetAsync(null, Cancel);

        Assert.Equal(
            [WorkerActivity.Running, WorkerActivity.Idle, WorkerActivity.NotSeen, WorkerActivity.Idle, WorkerActivity.NoJobYet], states.Select(s => s.Activity));
        var job = Assert.Single(states[0].RunningJobs);
        Assert.Equal((running, 2, "Workflow 2"), (job.JobId, job.WorkflowId, job.WorkflowName));
        Assert.Equal(1, states[1].SinceLastJob!.Value.TotalHours, 0.01);
        Assert.Equal(3, states[2].SinceLastJob!.Value.TotalDays, 0.01);
        Assert.Equal(2, states[3].SinceLastJob!.Value.TotalHours, 0.01);
        Assert.Null(states[4].SinceLastJob);
        Assert.Equal([3L], (await database.Get<WorkerStateQueries>().GetAsync(3, Cancel)).Select(s => s.WorkerId));
        Assert.Empty(await database.Get<WorkerStateQueries>().GetAsync(77, Cancel));
    }

    [Fact]
    public async Task The_stretches_of_a_day_are_the_union_that_utilization_counts()
    {
        await database.AddJobsAsync(FarmRows.MakeUp(seed: 5, jobs: 900, Start, days: 12));
        for (var day = -1; day <= 12; day++)
        {
            var (from, to) = (Start.AddDays(day), Start.AddDays(day + 1));
            foreach (var workerId in (long[])[1, 4])
            {
                var drawn = await database.Get<WorkerDayQueries>().GetAsync(workerId, DateOnly.FromDateTime(from), Cancel);
                var (comparison, _) = await database.Get<WorkerQueries>().CompareAsync(new TimeRange(from, to), MetricFilter.None, [workerId], Cancel);

                Assert.Equal(comparison!.Workers[0].Utilization!.GeneratingMs, drawn.Utilization.GeneratingMs);
                Assert.Equal(86_400_000, drawn.Utilization.WindowMs);
                Assert.All(drawn.Generating.Zip(drawn.Generating.Skip(1)), pair => Assert.True(pair.First.To < pair.Second.From));
                Assert.All(drawn.Jobs, j => Assert.True(j.EndedAt >= from && j.StartedAt < to));
            }
        }
    }

    [Fact]
    public async Task A_day_holds_what_reaches_into_it_and_moments_without_a_wall_time()
    {
        var day = new DateTime(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc);
        await database.AddJobsAsync(
        [
            new FarmRow { JobId = 1, WallTimeMs = 3_600_000, CompletedAt = day.AddMinutes(30) },
            new FarmRow { JobId = 2, WallTimeMs = 3_600_000, CompletedAt = day.AddMinutes(60) },
            new FarmRow { JobId = 3, CompletedAt = day.AddHours(5) },
            new FarmRow { JobId = 4, WallTimeMs = 3 * 86_400_000, CompletedAt = day.AddDays(3).AddHours(-1) },
            new FarmRow { JobId = 5, WallTimeMs = 1000, CompletedAt = day.AddDays(1).AddMinutes(1) },
            new FarmRow { JobId = 6, WallTimeMs = 1000, CompletedAt = day.AddMinutes(-1) },
            new FarmRow { JobId = 7, WorkerId = 2, WallTimeMs = 1000, CompletedAt = day.AddHours(6) },
        ]);

        var found = await database.Get<WorkerDayQueries>().GetAsync(1, DateOnly.FromDateTime(day), Cancel);

        Assert.Equal([4, 1, 2, 3], found.Jobs.Select(j => j.JobId));
        Assert.Equal([true, true, true, false], found.Jobs.Select(j => j.HasWallTime));
        // Job 4 fills the whole day.
        Assert.Equal([new TimeRange(day, day.AddDays(1))], found.Generating);
        Assert.Equal(100, found.Utilization.GeneratingPercent);
    }

    [Theory]
    [InlineData("1080p")]
    [InlineData(null)]
    public async Task One_job_type_on_every_worker_equals_sums_made_by_hand(string? tier)
    {
        var all = FarmRows.MakeUp(seed: 9, jobs: 900, Start, days: 25);
        await database.AddJobsAsync(all);
        FarmRow[] jobs = [.. all.Where(j => j.WorkflowId == 2 && j.Tier == tier && j.ProjectId == 1 && j.CompletedAt >= Range.From && j.CompletedAt < Range.To)];

        var workers = await database.Get<JobTypeQueries>().GetAsync(2, tier, null, Range, new MetricFilter(ProjectId: 1, WorkerId: 3), Cancel);

        Assert.Equal(jobs.Select(j => j.WorkerId).Distinct().Order(), workers.Select(w => w.WorkerId).Order());
        Assert.Equal(workers.Select(w => w.AvgTimePerFrameMs ?? double.MaxValue).Order(), workers.Select(w => w.AvgTimePerFrameMs ?? double.MaxValue));
        foreach (var worker in workers)
        {
            double[] own = [.. jobs.Where(j => j.WorkerId == worker.WorkerId).Select(j => (double?)j.TimePerFrameMs).OfType<double>()];
            double[] others = [.. jobs.Where(j => j.WorkerId != worker.WorkerId).Select(j => (double?)j.TimePerFrameMs).OfType<double>()];
            Assert.Equal((jobs.Count(j => j.WorkerId == worker.WorkerId), own.Length), ((int)worker.JobCount, (int)worker.TimedJobCount));
            Near(Mean(own), worker.AvgTimePerFrameMs);
            Near(own.Length == 0 ? null : Percentile(own.Select(t => AsWritten((float)t)), 0.5), worker.P50TimePerFrameMs);
            Near(own.Length == 0 ? null : Percentile(own.Select(t => AsWritten((float)t)), 0.95), worker.P95TimePerFrameMs);
            Near(SampleDeviation(own), worker.StddevTimePerFrameMs);
            Near(own.Length == 0 || others.Length == 0 ? null : others.Average() / own.Average(), worker.RelativeSpeed);
        }
    }

    [Fact]
    public async Task A_frame_costs_the_priced_hours_by_the_frames_they_made()
    {
        var all = FarmRows.MakeUp(seed: 3, jobs: 500, Start, days: 25);
        await database.AddJobsAsync(all);

        var costs = await database.Get<WorkerCostQueries>().GetAsync(Range, MetricFilter.None, Cancel);

        Assert.Equal([1, 2, 3], costs.Keys.Order());
        foreach (var (id, cost) in costs)
        {
            FarmRow[] own = [.. all.Where(j => j.WorkerId == id && j is { GpuTimeMs: not null, Frames: > 0 } && j.CompletedAt >= Range.From && j.CompletedAt < Range.To)];
            Assert.Equal((own.Length, own.Sum(j => (long)j.Frames!.Value)), ((int)cost.JobCount, cost.Frames));
            Near(own.Sum(j => j.GpuTimeMs!.Value) * 0.5 * id / 3_600_000 / own.Sum(j => j.Frames!.Value), (double)cost.CostPerFrame!.Value, 1e-5);
        }
    }

    [Fact]
    public async Task The_memory_a_job_type_needs_is_the_99th_percentile_of_its_peaks()
    {
        var all = FarmRows.MakeUp(seed: 4, jobs: 900, Start, days: 25);
        await database.AddJobsAsync(all);
        await database.ExecuteAsync("UPDATE workers SET gpu_vram_mb = CASE id WHEN 1 THEN 15200 WHEN 2 THEN 16384 WHEN 3 THEN 11264 END");
        FarmRow[] jobs = [.. all.Where(j => j.VramMb is not null && j.CompletedAt >= Range.From && j.CompletedAt < Range.To)];

        var headroom = await database.Get<VramHeadroomQueries>().GetAsync(Range, MetricFilter.None, Cancel);

        Assert.Equal(jobs.GroupBy(j => (j.WorkflowId, j.Tier)).Count(), headroom.Items.Count);
        Assert.Equal(headroom.Items.Select(n => n.HighVramPeakMb).OrderDescending(), headroom.Items.Select(n => n.HighVramPeakMb));
        foreach (var need in headroom.Items)
        {
            double[] peaks = [.. jobs.Where(j => (j.WorkflowId, j.Tier) == (need.WorkflowId, need.ResolutionTier)).Select(j => (double)j.VramMb!.Value)];
            Assert.Equal((peaks.Length, (int)peaks.Max()), ((int)need.JobCount, need.MaxVramPeakMb));
            Near(Percentile(peaks, 0.99), need.HighVramPeakMb);
        }

        // 15,200 MB is more than 7 % less than 16 GB: a size of its own, as 11 GB is.
        Assert.Equal([8, 11, 12, 15, 16, 24, 32, 48, 80], headroom.Cards.Select(c => c.NominalGb));
        Assert.Equal([0, 1, 0, 1, 1, 0, 0, 0, 0], headroom.Cards.Select(c => c.WorkerCount));
    }

    [Theory]
    [InlineData(46_068, 48, 46_068)]
    [InlineData(24_564, 24, 24_564)]
    [InlineData(81_920, 80, 81_920)]
    [InlineData(20_470, 20, 20_470)]
    public void A_card_counts_with_what_it_reports_under_the_size_it_is_sold_as(int memoryMb, int nominalGb, int countsMb)
    {
        var own = Assert.Single(CardSizes.From([memoryMb, 0]), c => c.WorkerCount == 1);
        Assert.Equal((nominalGb, countsMb), (own.NominalGb, own.MemoryMb));
        Assert.Equal((true, false, true, false), (own.Fits(countsMb), own.Fits(countsMb + 1), own.IsTight(countsMb * 0.95), own.IsTight(countsMb * 0.5)));
    }
}
