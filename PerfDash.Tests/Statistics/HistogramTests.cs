using CsCheck;
using PerfDash.Core.Statistics;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Statistics;

public sealed class HistogramTests
{
    private static readonly Gen<double> Value = Gen.OneOf(
        Gen.Double[-1000, 1000], Gen.Int[-5, 5].Select(i => i / 10.0), Gen.Double[0, 1], Gen.Double[-1e12, 1e12], Gen.Const(1e6));

    [Fact]
    public void Edges_rise_and_hold_every_value_in_at_most_fifty_bars() => Value.Array[1, 200].Sample(values =>
    {
        var edges = Edges(values);
        Assert.InRange(edges.Length, 2, 51);
        Assert.All(edges.Zip(edges.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        Assert.True(edges[0] <= values.Min() && edges[^1] >= values.Max(), $"{edges[0]} … {edges[^1]} for {values.Min()} … {values.Max()}");
    });

    [Fact]
    public void Edges_are_multiples_of_one_two_or_five_of_a_power_of_ten()
    {
        var edges = Edges([.. Enumerable.Range(0, 500).Select(i => 0.1 + (i * 0.0013))]);

        var step = (decimal)edges[1] - (decimal)edges[0];
        Assert.Contains(step, (decimal[])[0.01m, 0.02m, 0.05m, 0.1m]);
        Assert.All(edges, edge => Assert.Equal(0m, (decimal)edge % step));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(812.5, 810, 820)]
    [InlineData(-3, -3, -2.95)]
    [InlineData(1, 1, 1.01)]
    public void One_value_gets_one_bar(double value, double lower, double upper) => Assert.Equal([lower, upper], Edges([value, value]));

    [Fact]
    public void A_far_outlier_gets_a_wide_bar_of_its_own_and_leaves_the_rest_readable()
    {
        double[] values = [.. Enumerable.Range(0, 1000).Select(i => 100 + (i / 10.0)), 5_000_000];
        var edges = Edges(values);

        Assert.InRange(edges.Count(e => e <= 200), 8, 50);
        Assert.Single(edges, e => e >= 5_000_000);
        Assert.InRange(edges.Length, 10, 51);
    }

    [Theory]
    [InlineData(1e300, -1e300)]
    [InlineData(1e-90, 2e-90)]
    [InlineData(1e15, 1e15 + 0.25)]
    [InlineData(0, double.Epsilon)]
    public void Extreme_values_still_get_few_bars(double a, double b)
    {
        var edges = Edges([a, b]);

        Assert.InRange(edges.Length, 2, 51);
        Assert.True(edges[0] <= Math.Min(a, b) && edges[^1] >= Math.Max(a, b));
    }

    [Fact]
    public void A_bar_without_values_counts_zero() =>
        Assert.Equal([new(0, 1, 0), new(1, 2, 3)], Histogram.Bins([0, 1, 2], new Dictionary<int, long> { [2] = 3 }));

    private static double[] Edges(double[] values) =>
        Histogram.Edges(values.Length, values.Min(), Percentile(values, 0.25), Percentile(values, 0.75), values.Max());
}
