using PerfDash.Core;
using PerfDash.Core.Quality;
using PerfDash.Core.Statistics;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Quality;

namespace PerfDash.Tests.Quality;

public sealed class RelatednessTests
{
    private static QualitySample Sample(int jobs, Func<int, (string Name, double Value)[]> parameters, Func<int, double> score) => new(jobs, null,
    [
        .. Enumerable.Range(1, jobs).Select(i => new SampledJob(
            i, 1, "W",
            parameters(i).ToDictionary(p => p.Name, p => new SampledValue(p.Value, "")).Append(new("sampler", new SampledValue(null, i % 3 == 0 ? "euler" : "dpm"))).ToDictionary(),
            new Dictionary<string, SampledValue> { ["likeness"] = new(score(i), "") })),
    ]);

    [Fact]
    public void The_line_goes_through_points_on_a_line()
    {
        var line = Regression.Fit([.. Enumerable.Range(0, 20).Select(i => (double)i)], [.. Enumerable.Range(0, 20).Select(i => 3 - (0.5 * i))])!;
        Assert.Equal((-0.5, 3, -2), (Math.Round(line.Slope, 9), Math.Round(line.Intercept, 9), Math.Round(line.At(10), 9)));
        Assert.Null(Regression.Fit([2, 2], [3, 4]));
        Assert.Null(Regression.Fit([2], [3]));
    }

    [Fact]
    public void The_strongest_parameter_is_found_and_is_never_a_seed()
    {
        var random = new Random(5);
        var sample = Sample(60, i => [("cfg", i), ("noise", random.NextDouble()), ("seed", 1_000_000_000d + (i * 7919))], i => 1 - (i / 100.0));
        Assert.Equal("cfg", Relatedness.Strongest(sample, "likeness"));
        Assert.Null(Relatedness.Strongest(sample, "no such score"));
    }

    [Fact]
    public void Axes_are_what_varies_and_ranges_choose_the_lines_through_them()
    {
        var sample = Sample(30, i => [("cfg", i), ("steps", 20), ("seed", 1_000_000_000d + (i * 7919))], i => i / 30.0);
        var axes = ParallelCharts.AxesOf(sample);
        Assert.Equal(["cfg", "sampler", "seed", "likeness"], axes.Select(a => a.Name));
        Assert.Equal(["cfg", "sampler", "score likeness"], ParallelCharts.DefaultAxes(sample, axes, "likeness"));

        var chart = ParallelCharts.From(sample, axes, ["cfg", "score likeness"]);
        Assert.Equal(30, chart.Through([]).Count);
        Assert.Equal(["11", "12"], chart.Through([new("cfg", 10.5, 20), new("score likeness", 0, 12 / 30.0)]).Select(l => l.Key));
        Assert.Equal(30, chart.Through([new("not shown", 0, 1)]).Count);
    }

    [Fact]
    public void Ranges_survive_the_address()
    {
        ParallelRange[] ranges = [new("a:b,c", -1.5, 2), new("score likeness", 0.25, 1)];
        Assert.Equal(ranges, ParallelCharts.Read(ParallelCharts.Write(ranges)));
        Assert.Empty(ParallelCharts.Read("nonsense,cfg:1,cfg:x:2"));
        Assert.Null(ParallelCharts.Write([]));
    }

    [Theory]
    [InlineData(0, 7, 7)]
    [InlineData(95, 112, 0)]
    public void An_axis_ends_on_round_figures_and_holds_its_values(double low, double high, double reference)
    {
        var axis = SpanAxis.From([low, high, reference, null, double.NaN]);
        Assert.True(axis.Min <= Math.Min(low, reference) && axis.Max >= high);
        Assert.InRange(axis.Ticks.Count, 3, 8);
        Assert.Equal((0, 100), (axis.Place(axis.Min), axis.Place(axis.Max + 5)));
    }

    [Fact]
    public void Buckets_of_the_calendar_follow_months_and_mondays()
    {
        var range = new TimeRange(new(2024, 1, 30, 5, 0, 0, TimeSpan.Zero), new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal([1, 2], UtcBuckets.StartsIn(range, Bucket.Month).Select(s => s.Month));
        Assert.Equal(new DateTime(2024, 1, 29), UtcBuckets.StartsIn(range, Bucket.Week).First());
        Assert.Equal(31, UtcBuckets.StartsIn(range, Bucket.Day).Count());
        Assert.Equal((24 * 31) - 5, UtcBuckets.StartsIn(range, Bucket.Hour).Count());
    }
}
