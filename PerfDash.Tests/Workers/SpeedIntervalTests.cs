using MathNet.Numerics.Distributions;
using PerfDash.Core.Workers;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workers;

public sealed class SpeedIntervalTests
{
    [Fact]
    public void The_interval_is_that_worked_out_by_hand()
    {
        // Both spread by a tenth: squared standard error 0.01 ÷ 5 + 0.01 ÷ 5, on 2 × (4 + 4) degrees of freedom.
        var speed = new RelativeSpeed([Cell(1, 1, 5, 100, 100), Cell(2, 1, 5, 200, 400)]);

        var interval = SpeedInterval.From(speed, 1)!;

        Near(2 * Math.Exp(-2.1199053 * Math.Sqrt(0.004)), interval.Low, 1e-6);
        Near(2 * Math.Exp(2.1199053 * Math.Sqrt(0.004)), interval.High, 1e-6);
        Assert.Equal((0.95, 5, 5, 1), (interval.Confidence, interval.JobCount, interval.OtherJobCount, interval.JobTypeCount));
    }

    [Fact]
    public void Of_two_workers_one_interval_is_the_other_turned_over()
    {
        var speed = new RelativeSpeed([Cell(1, 1, 5, 100, 90), Cell(2, 1, 5, 170, 800), Cell(1, 2, 7, 30, 4), Cell(2, 2, 7, 20, 2)]);

        var (one, two) = (SpeedInterval.From(speed, 1)!, SpeedInterval.From(speed, 2)!);

        Near(1 / two.High, one.Low);
        Near(1 / two.Low, one.High);
    }

    [Fact]
    public void Jobs_of_types_that_are_not_shared_are_not_counted()
    {
        var speed = new RelativeSpeed([Cell(1, 1, 5, 100, 90), Cell(2, 1, 6, 170, 800), Cell(1, 2, 70, 30, 4), new TypeOnWorker(1, 3, null, null, 4, 0, 0)]);

        Assert.Equal((5, 6, 1), SpeedInterval.From(speed, 1) is { } i ? (i.JobCount, i.OtherJobCount, i.JobTypeCount) : default);
    }

    [Fact]
    public void One_job_each_tells_no_spread_and_no_shared_work_has_no_interval()
    {
        var single = SpeedInterval.From(new RelativeSpeed([Cell(1, 1, 1, 100, null), Cell(2, 1, 1, 170, null)]), 1)!;

        Assert.Equal((null, null, 1, 1), (single.Low, single.High, single.JobCount, single.OtherJobCount));
        Assert.Null(SpeedInterval.From(new RelativeSpeed([Cell(1, 1, 9, 100, 5)]), 1));
        Assert.Null(SpeedInterval.From(new RelativeSpeed([]), 1));
    }

    [Fact]
    public void Identical_times_do_not_make_certainty()
    {
        var interval = SpeedInterval.From(new RelativeSpeed([Cell(1, 1, 50, 100, 0), Cell(2, 1, 50, 100, 0)]), 1)!;

        Assert.InRange(interval.Low!.Value, 0.98, 0.999);
    }

    [Fact]
    public void A_time_that_is_no_number_leaves_no_interval() =>
        Assert.Null(SpeedInterval.From(new RelativeSpeed([Cell(1, 1, 5, double.NaN, double.NaN), Cell(2, 1, 5, 100, 30)]), 1)?.Low);

    [Fact]
    public void Nineteen_of_twenty_intervals_hold_the_truth()
    {
        var random = new Random(7);
        var (held, all) = (0, 0);
        for (var farm = 0; farm < 400; farm++)
        {
            // 2 to 5 workers, 1 to 6 types, each worker with its own mix of 1 to 30 jobs a type, times log-normal.
            var (workers, types, spread) = (random.Next(2, 6), random.Next(1, 7), 0.05 + (0.35 * random.NextDouble()));
            double[] speeds = [.. Enumerable.Range(0, workers).Select(_ => 0.5 + (2 * random.NextDouble()))];
            List<TypeOnWorker> seen = [];
            List<TypeOnWorker> expected = [];
            for (var worker = 0; worker < workers; worker++)
            {
                for (var type = 0; type < types; type++)
                {
                    var jobs = random.Next(1, 31);
                    var mean = 100 * (type + 1) / speeds[worker];
                    double[] times = [.. Enumerable.Range(0, jobs).Select(_ => mean * Math.Exp(Normal.Sample(random, -spread * spread / 2, spread)))];
                    seen.Add(Cell(worker, type, jobs, times.Average(), SampleDeviation(times) is { } s ? s * s : null));
                    expected.Add(Cell(worker, type, jobs, mean, null));
                }
            }

            var truth = new RelativeSpeed(expected).OfWorker(0);
            if (SpeedInterval.From(new RelativeSpeed(seen), 0) is not { Low: { } low, High: { } high })
                continue;
            all++;
            held += low <= truth && truth <= high ? 1 : 0;
        }

        Assert.True(all > 350, $"only {all} intervals");
        Assert.InRange((double)held / all, 0.925, 0.985);
    }

    private static TypeOnWorker Cell(long worker, long workflow, long jobs, double meanMs, double? variance) =>
        new(worker, workflow, null, null, jobs, jobs, jobs * meanMs) { TimePerFrameVariance = variance };
}
