using MathNet.Numerics.Distributions;
using PerfDash.Core.Demo;
using PerfDash.Core.Workers;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workers;

public sealed class DriftIndexTests
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Neither_the_mix_of_jobs_nor_a_change_of_the_workflows_shows_as_drift(int seed)
    {
        // Times without noise: type × worker, and what the whole fleet took that day. Each worker has another mix each day.
        var random = new Random(seed);
        List<BucketOnWorker> cells = [];
        for (var day = 0; day < 20; day++)
        {
            for (var worker = 1; worker <= 4; worker++)
            {
                for (var type = 1; type <= 5; type++)
                {
                    if (random.Next(3) == 0)
                        continue;
                    var level = Math.Log(100 * type) + (0.3 * worker * type) + (type == 2 && day > 9 ? -0.5 : 0);
                    cells.Add(Cell(worker, type, day, random.Next(1, 30), level + (worker == 1 ? 0.02 * day : 0)));
                }
            }
        }

        var index = new DriftIndex(1, cells);

        var first = index.Points[0];
        Assert.All(index.Points.Where(p => p.MatchedJobCount > 0), p => Near(Math.Exp(-0.02 * (p.BucketStart - first.BucketStart).TotalDays), p.FleetIndex / first.FleetIndex, 1e-6));
        Assert.All(new DriftIndex(3, [.. cells.Where(c => c.WorkerId != 1)]).Points.Where(p => p.MatchedJobCount > 0), p => Near(1, p.FleetIndex, 1e-6));
        // Against its own past alone the quicker workflow shows: nobody else is asked.
        Assert.True(new DriftIndex(3, cells).Points[^1].OwnIndex > 1.02);
    }

    [Fact]
    public void The_own_index_takes_the_mix_out_too()
    {
        // Day 0 short jobs, day 1 both, day 2 long ones only; all 10 % slower from day 1 on.
        var index = new DriftIndex(1,
        [
            Cell(1, 1, 0, 10, Math.Log(100)), Cell(1, 1, 1, 10, Math.Log(110)), Cell(1, 2, 1, 10, Math.Log(1100)), Cell(1, 2, 2, 10, Math.Log(1100)),
        ]);

        Near(1 / 1.1, index.Points[1].OwnIndex / index.Points[0].OwnIndex);
        Near(1, index.Points[2].OwnIndex / index.Points[1].OwnIndex);
        Assert.All(index.Points, p => Assert.Null(p.FleetIndex));
        Assert.Equal((DriftBasis.OwnPast, 40, 0), (index.Basis, index.TimedJobCount, index.MatchedJobCount));
    }

    [Fact]
    public void A_bucket_that_nothing_joins_to_the_others_has_no_index()
    {
        var index = new DriftIndex(1, [Cell(1, 1, 0, 10, 4), Cell(1, 1, 1, 10, 4), Cell(1, 2, 2, 3, 6)]);

        Assert.Equal([1, 1, null], index.Points.Select(p => p.OwnIndex is { } own ? Math.Round(own, 9) : (double?)null));
    }

    [Fact]
    public void One_job_has_a_point_of_one_and_no_job_none()
    {
        Assert.Equal((1d, 1L, null), Assert.Single(new DriftIndex(1, [Cell(1, 1, 0, 1, 4)]).Points) is var p ? (p.OwnIndex!.Value, p.TimedJobCount, p.FleetIndex) : default);
        var none = new DriftIndex(1, [Cell(2, 1, 0, 1, 4)]);
        Assert.Empty(none.Points);
        Assert.Empty(none.Changes("gpu-1"));
    }

    [Fact]
    public void A_worker_that_became_slower_is_named_with_the_day_and_how_much()
    {
        var index = new DriftIndex(1, Noisy(seed: 5, step: day => day >= 18 ? 0.12 : 0));

        var change = Assert.Single(index.Changes("gpu-1"));

        Assert.InRange(change.At, Start.AddDays(17), Start.AddDays(19));
        Assert.InRange(change.SpeedPercent, -14, -8);
        Assert.Equal(DriftBasis.Fleet, index.Basis);
        Assert.Matches(@"^gpu-1 became (9\.\d|1\d) % slower compared with the other workers\.$", change.Text);
        Near(change.SpeedPercent, 100 * ((change.IndexAfter / change.IndexBefore) - 1));
    }

    [Fact]
    public void What_slows_the_whole_fleet_is_no_change_of_one_worker()
    {
        var cells = Noisy(seed: 6, step: _ => 0).ConvertAll(c => c.BucketStart >= Start.AddDays(15) ? c with { LogMean = c.LogMean + 0.3 } : c);

        Assert.Empty(new DriftIndex(1, cells).Changes("gpu-1"));
    }

    [Fact]
    public void Steady_workers_are_rarely_said_to_change()
    {
        var named = Enumerable.Range(100, 60).Count(seed => new DriftIndex(1, Noisy(seed, _ => 0)).Changes("gpu-1").Any());

        Assert.InRange(named, 0, 3);
    }

    [Fact]
    public void The_interval_of_a_bucket_holds_the_truth_nineteen_times_in_twenty()
    {
        var points = Enumerable.Range(200, 40).SelectMany(seed => new DriftIndex(1, Noisy(seed, _ => 0)).Points).Where(p => p.FleetIndexLow is not null).ToList();

        Assert.InRange(points.Count(p => p.FleetIndexLow <= 1 && p.FleetIndexHigh >= 1) / (double)points.Count, 0.92, 0.985);
    }

    [Fact]
    public void On_the_demo_farm_the_drifting_worker_is_found_and_only_it()
    {
        var end = new DateTime(2026, 2, 18, 15, 0, 0, DateTimeKind.Utc);
        var farm = new DemoFarm(42, end);
        List<BucketOnWorker> cells =
        [
            .. farm.Jobs(end.AddDays(-30), end, 25_000).Where(job => !job.Failed)
                .GroupBy(job => (job.Worker.Name, job.Workflow.Name, job.Tier.Name, job.CompletedAt.Date))
                .Select(g => CellOf(
                    DemoCatalog.Workers.ToList().FindIndex(w => w.Name == g.Key.Item1), DemoCatalog.Workflows.ToList().FindIndex(w => w.Name == g.Key.Item2), g.Key.Item3, g.Key.Date,
                    [.. g.Select(job => Math.Log((double)job.GpuTimeMs / job.FrameCount))])),
        ];
        var drifting = DemoCatalog.Workers.ToList().IndexOf(farm.GroundTruth.DriftingWorker);

        var changes = new DriftIndex(drifting, cells).Changes("it").ToList();

        Assert.NotEmpty(changes);
        Assert.All(changes, c => Assert.True(c.SpeedPercent < 0));
        Assert.InRange(changes[0].At, farm.GroundTruth.DriftStartsAt.AddDays(-2), farm.GroundTruth.DriftStartsAt.AddDays(8));
        var others = cells.Select(c => c.WorkerId).Distinct().Where(w => w != drifting).Count(w => new DriftIndex(w, cells).Changes("it").Any(c => Math.Abs(c.SpeedPercent) > 8));
        Assert.InRange(others, 0, 1);
    }

    /// <summary>30 days of four workers and three job types, spread by a tenth; worker 1 takes e^step as long.</summary>
    private static List<BucketOnWorker> Noisy(int seed, Func<int, double> step)
    {
        var random = new Random(seed);
        List<BucketOnWorker> cells = [];
        for (var day = 0; day < 30; day++)
        {
            for (var worker = 1; worker <= 4; worker++)
            {
                for (var type = 1; type <= 3; type++)
                {
                    double[] logs = [.. Enumerable.Range(0, random.Next(0, 12)).Select(_ => Math.Log(100 * type) + (0.2 * worker) + (worker == 1 ? step(day) : 0) + Normal.Sample(random, 0, 0.1))];
                    if (logs.Length > 0)
                        cells.Add(CellOf(worker, type, null, Start.AddDays(day), logs));
                }
            }
        }

        return cells;
    }

    private static BucketOnWorker CellOf(long worker, long workflow, string? tier, DateTime start, double[] logs) =>
        new(worker, workflow, tier, null, start, logs.Length, logs.Average(), logs.Sum(l => Math.Pow(l - logs.Average(), 2)));

    private static BucketOnWorker Cell(long worker, long workflow, int day, long jobs, double log) => new(worker, workflow, null, null, Start.AddDays(day), jobs, log, 0);
}
