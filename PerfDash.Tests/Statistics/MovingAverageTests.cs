using CsCheck;
using PerfDash.Core.Statistics;

namespace PerfDash.Tests.Statistics;

public sealed class MovingAverageTests
{
    [Fact]
    public void The_mean_is_of_this_point_and_those_before_it() =>
        Assert.Equal([1.0, 1.5, 2.0, 3.0], MovingAverage.Over([1, 2, 3, 4], 3));

    [Fact]
    public void A_point_without_a_value_takes_its_place_in_the_window_but_no_part_in_the_mean() =>
        Assert.Equal([1.0, 1.0, 4.0, 4.0, null], MovingAverage.Over([1, null, 4, null, null], 2));

    [Fact]
    public void A_window_of_one_is_the_series_itself() => Assert.Equal([5, null, 7], MovingAverage.Over([5, null, 7], 1));

    [Fact]
    public void A_window_may_be_longer_than_any_series() => Assert.Equal([1.0, 2.0], MovingAverage.Over([1, 3], int.MaxValue));

    [Fact]
    public void A_window_without_points_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => MovingAverage.Over([1], 0));

    [Fact]
    public void It_stays_between_the_least_and_the_greatest_of_its_window() =>
        Gen.Select(Gen.Double[-1e6, 1e6].Nullable().Array[0, 40], Gen.Int[1, 12]).Sample((values, window) =>
        {
            var means = MovingAverage.Over(values, window);
            for (var i = 0; i < values.Length; i++)
            {
                double[] seen = [.. values[..(i + 1)].TakeLast(window).OfType<double>()];
                Assert.Equal(seen.Length == 0, means[i] is null);
                if (means[i] is { } mean)
                    Assert.InRange(mean, seen.Min() - 1e-6, seen.Max() + 1e-6);
            }
        });
}
