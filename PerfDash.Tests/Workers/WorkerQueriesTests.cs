using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Workers;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workers;

public sealed class WorkerQueriesTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start.AddDays(2), Start.AddDays(20));

    private List<FarmRow> _jobs = [];

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(null)]
    [InlineData(1L)]
    public async Task A_worker_equals_sums_made_by_hand(long? project)
    {
        await AddFarmAsync(project);
        List<FarmRow> own = [.. _jobs.Where(j => j.WorkerId == 4)];

        var worker = (await Workers.GetAsync(4, Range, new MetricFilter(ProjectId: project, WorkerId: 1), TestContext.Current.CancellationToken))!;

        Assert.Equal((4, "gpu-4", "Card 4", own.Count), (worker.WorkerId, worker.WorkerName, worker.GpuModel, worker.JobCount));
        Near(own.Average(Time), worker.AvgTimePerFrameMs);
        Near(Mean(own.Where(j => j.Scores.ContainsKey("aesthetic")).Select(j => j.Scores["aesthetic"])), worker.Quality["aesthetic"]);
        Assert.Null(worker.TotalCost);
        Near(SpeedOf(4), worker.RelativeSpeed);
        Assert.Equal(own.Select(Type).Distinct().Count(), worker.JobTypes.Count);
        Assert.Equal(worker.JobTypes.Select(t => t.JobCount).OrderDescending(), worker.JobTypes.Select(t => t.JobCount));
        foreach (var type in worker.JobTypes)
        {
            List<FarmRow> same = [.. _jobs.Where(j => Type(j) == (type.WorkflowId, type.ResolutionTier))];
            Assert.Equal($"Workflow {type.WorkflowId}", type.WorkflowName);
            Assert.Equal(same.Count(j => j.WorkerId == 4), type.JobCount);
            Near(same.Where(j => j.WorkerId == 4).Average(Time), type.AvgTimePerFrameMs);
            Near(same.Average(Time), type.FleetAvgTimePerFrameMs);
            Near(same.Where(j => j.WorkerId != 4).Average(Time) / same.Where(j => j.WorkerId == 4).Average(Time), type.RelativeSpeed);
        }
    }

    [Fact]
    public async Task Workers_side_by_side_equal_sums_made_by_hand()
    {
        await AddFarmAsync(null);

        var (comparison, _) = await Workers.CompareAsync(Range, MetricFilter.None, null, TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 3, 4, 5], comparison!.Workers.Select(w => w.WorkerId).Order());
        Assert.Equal([1, 2, 3, 4, 5], comparison.Workers.Select(w => w.Rank));
        Assert.Equal(comparison.Workers.Select(w => w.RelativeSpeed).OrderDescending(), comparison.Workers.Select(w => w.RelativeSpeed));
        foreach (var worker in comparison.Workers)
        {
            List<FarmRow> own = [.. _jobs.Where(j => j.WorkerId == worker.WorkerId)];
            Assert.Equal((own.Count, $"gpu-{worker.WorkerId}", $"Card {worker.WorkerId}"), (worker.JobCount, worker.WorkerName, worker.GpuModel));
            Near(SpeedOf(worker.WorkerId), worker.RelativeSpeed);
            Near(Percentile(own.Select(j => j.TimePerFrameMs).OfType<float>().Select(AsWritten), 0.95), worker.P95TimePerFrameMs);
            Near(Mean(own.Where(j => j.Scores.ContainsKey("likeness")).Select(j => j.Scores["likeness"])), worker.AvgLikenessScore);
            Near(
                worker.WorkerId > 3 ? null : own.Sum(j => j.GpuTimeMs ?? 0) * 0.5 * worker.WorkerId / 3_600_000, (double?)worker.TotalCost);
            Assert.InRange(worker.Utilization!.GeneratingPercent!.Value, 0.001, 100);
        }

        Assert.Equal(
            _jobs.GroupBy(Type).Select(g => (g.Key.WorkflowId, g.Key.Tier, g.Count())).ToHashSet(),
            comparison.JobTypes.Select(t => (t.WorkflowId, t.ResolutionTier, (int)t.Workers.Sum(w => w.JobCount))).ToHashSet());
        Assert.All(comparison.JobTypes, type => Assert.All(type.Workers, w => Near(
            _jobs.Where(j => Type(j) == (type.WorkflowId, type.ResolutionTier) && j.WorkerId == w.WorkerId).Average(Time), w.AvgTimePerFrameMs)));
    }

    [Fact]
    public async Task Chosen_workers_are_measured_against_the_whole_fleet_and_ranked_among_themselves()
    {
        await AddFarmAsync(null);

        var (comparison, _) = await Workers.CompareAsync(Range, MetricFilter.None, [2, 5, 2], TestContext.Current.CancellationToken);

        Assert.Equal([1, 2], comparison!.Workers.Select(w => w.Rank));
        Assert.Equal([2, 5], comparison.Workers.Select(w => w.WorkerId).Order());
        Assert.All(comparison.Workers, w => Near(SpeedOf(w.WorkerId), w.RelativeSpeed));
        Assert.All(comparison.JobTypes.SelectMany(t => t.Workers), w => Assert.Contains(w.WorkerId, (long[])[2, 5]));
    }

    [Fact]
    public async Task A_chosen_worker_without_jobs_is_shown_without_figures_and_an_unknown_one_is_named()
    {
        var (comparison, _) = await Workers.CompareAsync(Range, MetricFilter.None, [3], TestContext.Current.CancellationToken);
        var worker = Assert.Single(comparison!.Workers);
        Assert.Equal((3, "gpu-3", 0, null, null, null), (worker.WorkerId, worker.WorkerName, worker.JobCount, worker.AvgTimePerFrameMs, worker.Rank, worker.RelativeSpeed));
        Assert.Equal(0, worker.Utilization!.GeneratingPercent);

        var (none, unknown) = await Workers.CompareAsync(Range, MetricFilter.None, [3, 77], TestContext.Current.CancellationToken);
        Assert.Equal((null, 77L), (none, unknown));
        Assert.Null(await Workers.GetAsync(77, Range, MetricFilter.None, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_idle_farm_has_empty_lists()
    {
        var (comparison, _) = await Workers.CompareAsync(Range, MetricFilter.None, null, TestContext.Current.CancellationToken);

        Assert.Empty(comparison!.Workers);
        Assert.Empty(comparison.JobTypes);
    }

    private WorkerQueries Workers => database.Get<WorkerQueries>();

    private async Task AddFarmAsync(long? project)
    {
        var all = FarmRows.MakeUp(seed: 11, jobs: 700, Start, days: 25);
        await database.AddJobsAsync(all);
        _jobs = [.. all.Where(j => j.CompletedAt >= Range.From && j.CompletedAt < Range.To && (project is null || j.ProjectId == project))];
    }

    private double? SpeedOf(long worker)
    {
        var speeds = _jobs.Where(j => j.TimePerFrameMs is not null).GroupBy(Type)
            .Where(g => g.Any(j => j.WorkerId == worker) && g.Any(j => j.WorkerId != worker))
            .Select(g => (
                Jobs: g.Count(j => j.WorkerId == worker),
                Speed: g.Where(j => j.WorkerId != worker).Average(Time)!.Value / g.Where(j => j.WorkerId == worker).Average(Time)!.Value))
            .ToList();
        return speeds.Count == 0 ? null : Math.Exp(speeds.Sum(s => s.Jobs * Math.Log(s.Speed)) / speeds.Sum(s => s.Jobs));
    }

    private static double? Time(FarmRow job) => job.TimePerFrameMs;

    private static (long WorkflowId, string? Tier) Type(FarmRow job) => (job.WorkflowId, job.Tier);
}
