using PerfDash.Core.Statistics;

namespace PerfDash.Tests.Support;

/// <summary>Statistics worked out in the plainest way, to compare the program's figures with.</summary>
public static class NaiveAggregates
{
    public static double? Mean(IEnumerable<double> values) => values.Select(v => (double?)v).Average();

    /// <summary>Linear interpolation between the closest ranks.</summary>
    public static double Percentile(IEnumerable<double> values, double fraction)
    {
        double[] sorted = [.. values.Order()];
        var place = fraction * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
    }

    public static double? SampleDeviation(IReadOnlyCollection<double> values)
    {
        if (values.Count < 2)
            return null;
        var mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }

    public static void Near(double? expected, double? actual, double relative = 1e-9)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is { } e)
            Assert.True(Math.Abs(e - actual!.Value) <= Math.Max(Math.Abs(e) * relative, 1e-9), $"expected {e}, got {actual}");
    }

    /// <summary>Every value lies in the bar that counts it, found by looking at each bar.</summary>
    public static void SameHistogram(IReadOnlyCollection<double> values, IReadOnlyList<HistogramBin> bins)
    {
        Assert.Equal(values.Count, bins.Sum(b => b.Count));
        Assert.All(bins.Zip(bins.Skip(1)), pair => Assert.Equal(pair.First.Upper, pair.Second.Lower));
        for (var i = 0; i < bins.Count; i++)
        {
            var (bin, last) = (bins[i], i == bins.Count - 1);
            Assert.True(bin.Lower < bin.Upper);
            Assert.Equal(values.Count(v => v >= bin.Lower && (v < bin.Upper || (last && v == bin.Upper))), bin.Count);
        }
    }

    /// <summary>A REAL with the digits it is written with: what comes out of lists, extremes and percentiles.</summary>
    public static double AsWritten(float real) => double.Parse(real.ToString(System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Of a column of REAL: means and deviations of the values as they are stored, all else with the digits they were written with.</summary>
    public static void SameDistribution(IReadOnlyCollection<float> reals, Distribution distribution) =>
        SameDistribution([.. reals.Select(AsWritten)], distribution, [.. reals.Select(real => (double)real)]);

    public static void SameDistribution(IReadOnlyCollection<double> values, Distribution distribution, IReadOnlyCollection<double>? stored = null)
    {
        Assert.Equal(values.Count, distribution.Count);
        Near(Mean(stored ?? values), distribution.Avg);
        Near(values.Count == 0 ? null : values.Min(), distribution.Min);
        Near(values.Count == 0 ? null : values.Max(), distribution.Max);
        Near(SampleDeviation(stored ?? values), distribution.Stddev);
        foreach (var (fraction, figure) in ((double, double?)[])[(0.5, distribution.P50), (0.9, distribution.P90), (0.95, distribution.P95), (0.99, distribution.P99)])
            Near(values.Count == 0 ? null : Percentile(values, fraction), figure);
        SameHistogram(values, distribution.Histogram);
    }
}
