using CsCheck;
using PerfDash.Core.Workers;
using PerfDash.Data.Entities;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workers;

public sealed class RelativeSpeedTests
{
    [Fact]
    public void The_speed_is_the_job_weighted_geometric_mean_over_shared_types()
    {
        // Type 1: own mean 100, others (3 × 200 + 1 × 400) ÷ 4 = 250. Type 2: own mean 50, others 40. Type 3 is not shared.
        var speed = new RelativeSpeed(
        [
            Type(1, 1, null, 2, 200), Type(2, 1, null, 3, 600), Type(3, 1, null, 1, 400),
            Type(1, 2, "4k", 6, 300), Type(2, 2, "4k", 1, 40),
            Type(1, 3, null, 50, 1),
        ]);

        Near(Math.Pow(Math.Pow(2.5, 2) * Math.Pow(0.8, 6), 1 / 8.0), speed.OfWorker(1));
        Near(2.5, speed.For(Type(1, 1, null, 2, 200)));
        Assert.Null(speed.For(Type(1, 3, null, 50, 1)));
    }

    [Fact]
    public void A_missing_tier_is_a_type_of_its_own()
    {
        var speed = new RelativeSpeed([Type(1, 1, null, 1, 100), Type(2, 1, "4k", 1, 300)]);

        Assert.Null(speed.OfWorker(1));
        Assert.Null(speed.OfWorker(2));
    }

    [Fact]
    public void Warm_runs_are_measured_against_warm_ones_and_the_rest_is_counted_as_left_out()
    {
        // Worker 1 loads its models for half of its jobs, which then take twice as long; worker 2 never does.
        var speed = new RelativeSpeed(
        [
            Type(1, 1, null, 10, 1000, RunClass.Warm), Type(1, 1, null, 10, 2000, RunClass.Cold), Type(2, 1, null, 20, 2000, RunClass.Warm),
        ]);

        Near(1, speed.OfWorker(1));
        Assert.Equal((10, 10, 1), (SpeedInterval.From(speed, 1)!.JobCount, SpeedInterval.From(speed, 1)!.UnmatchedJobCount, SpeedInterval.From(speed, 1)!.JobTypeCount));
    }

    [Fact]
    public void Jobs_without_a_time_and_means_of_zero_give_no_speed()
    {
        var speed = new RelativeSpeed(
        [
            Type(1, 1, null, 2, 0), Type(2, 1, null, 2, 100),
            new TypeOnWorker(1, 2, null, null, 5, 0, 0), Type(2, 2, null, 2, 100),
        ]);

        Assert.Null(speed.OfWorker(1));
        Assert.Null(speed.OfWorker(2));
        Assert.Null(speed.OfWorker(99));
    }

    [Fact]
    public void The_mean_of_the_fleet_counts_every_worker() =>
        Near(700 / 4.0, new RelativeSpeed([Type(1, 1, "a", 3, 300), Type(2, 1, "a", 1, 400)]).FleetAvgTimePerFrameMs(Type(1, 1, "a", 3, 300)));

    [Fact]
    public void Equal_speeds_share_a_rank_and_none_has_none()
    {
        double?[] speeds = [1.5, null, 2, 1.5, 1];

        Assert.Equal([2, null, 1, 2, 4], speeds.Select(s => RelativeSpeed.Rank(s, speeds)));
    }

    [Fact]
    public void A_worker_twice_as_fast_at_everything_is_twice_as_fast() =>
        Gen.Select(Gen.Int[1, 50], Gen.Double[1, 1000]).Array[1, 20].Sample(types =>
        {
            var speed = new RelativeSpeed(
            [
                .. types.SelectMany((t, i) => (TypeOnWorker[])[Type(1, i, null, t.Item1, t.Item1 * t.Item2), Type(2, i, null, 3, 3 * t.Item2 * 2)]),
            ]);

            Near(2, speed.OfWorker(1));
            Near(0.5, speed.OfWorker(2));
        });

    private static TypeOnWorker Type(long worker, long workflow, string? tier, long jobs, double sumMs, RunClass? runClass = null) => new(worker, workflow, tier, runClass, jobs, jobs, sumMs);
}
