using CsCheck;
using PerfDash.Core.Statistics;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Statistics;

public sealed class ValueBinsTests
{
    private static readonly double[] Shares = [0, 0.25, 0.5, 0.9, 0.95, 0.99, 1];

    private static readonly Gen<double[]> Values = Gen.OneOf(
        Gen.Double[-10, 10].Array[1, 200],
        // Plenty of ties.
        Gen.Int[0, 5].Select(i => (double)i).Array[1, 200]);

    [Fact]
    public void Of_bins_of_one_value_every_figure_is_that_of_the_sorted_values() => Values.Sample(values =>
    {
        var bins = new ValueBins(values.GroupBy(v => v).Select(v => new ValueBin(v.Count(), v.Key, v.Key, v.Key)));

        SameFigures(values, bins, 1e-9);
        foreach (var share in Shares)
            Near(Percentile(values, share), bins.Percentile(share));
        SameHistogram(values, Histogram.Bins(bins.Edges(), bins.Bars(bins.Edges())!));
    });

    [Fact]
    public void Of_wide_bins_sums_are_exact_and_percentiles_lie_within_the_bin() => Values.Sample(values =>
    {
        var bins = new ValueBins(values.GroupBy(Math.Floor).Select(
            v => new ValueBin(v.Count(), v.Average(), v.Min(), v.Max(), SampleDeviation([.. v]))));

        SameFigures(values, bins, 1e-6);
        foreach (var share in Shares)
            Assert.True(Math.Abs(Percentile(values, share) - bins.Percentile(share)!.Value) <= 1 + 1e-9);
    });

    [Fact]
    public void Nothing_has_no_figures()
    {
        var bins = new ValueBins([]);

        Assert.Equal((0, null, null, null, null, null), (bins.Count, bins.Avg, bins.Min, bins.Max, bins.Stddev, bins.Percentile(0.5)));
    }

    [Fact]
    public void Equal_values_do_not_deviate_and_very_great_ones_do_not_overflow()
    {
        Assert.Equal(0, new ValueBins([new ValueBin(3, 0.1, 0.1, 0.1)]).Stddev);
        Near(2e200 / Math.Sqrt(2), new ValueBins([new ValueBin(1, 1e200, 1e200, 1e200), new ValueBin(1, -1e200, -1e200, -1e200)]).Stddev);
    }

    [Fact]
    public void An_edge_through_a_bin_is_said_and_what_is_no_number_comes_last()
    {
        Assert.Null(new ValueBins([new ValueBin(2, 1, 0.5, 1.5)]).Bars([0, 1, 2]));
        Assert.Equal(5, new ValueBins([new ValueBin(1, double.NaN, double.NaN, double.NaN), new ValueBin(3, 5, 5, 5)]).Percentile(0.5));
    }

    private static void SameFigures(double[] values, ValueBins bins, double relative)
    {
        Assert.Equal(values.Length, bins.Count);
        Near(values.Average(), bins.Avg, relative);
        Near(values.Min(), bins.Min);
        Near(values.Max(), bins.Max);
        if (values.Length > 1)
            Assert.True(Math.Abs(SampleDeviation(values)!.Value - bins.Stddev!.Value) < 1e-6);
    }
}
