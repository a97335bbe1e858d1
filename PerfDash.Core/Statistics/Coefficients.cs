namespace PerfDash.Core.Statistics;

/// <summary>How far two values of jobs go together.</summary>
/// <param name="Count">Pairs.</param>
/// <param name="Pearson">Pearson's r, −1 to 1; null for fewer than two pairs, or where one of both never changes.</param>
/// <param name="Spearman">Pearson's r of the ranks, equal values sharing the mean of the ranks they take up; null like <paramref name="Pearson"/>.</param>
public sealed record Coefficients(long Count, double? Pearson, double? Spearman)
{
    /// <summary>Of pairs, each with how often it occurs; arrays of one length.</summary>
    /// <param name="x">Distances of one from any fixed number: digits that all have in common are best left out.</param>
    /// <param name="y">The other.</param>
    /// <param name="counts">How often.</param>
    /// <param name="places">The order of the one, equal where it is equal: known exactly where <paramref name="x"/> is rounded.</param>
    public static Coefficients From(double[] x, double[] y, long[] counts, double[] places)
    {
        var count = counts.Sum();
        // Said by values: sums of equal fractions may differ by rounding.
        return x.Length < 2 || Array.TrueForAll(places, value => value == places[0]) || Array.TrueForAll(y, value => value == y[0])
            ? new Coefficients(count, null, null)
            : new Coefficients(count, Correlate(x, y, counts), Correlate(Ranks(places, counts), Ranks(y, counts), counts));
    }

    private static double Correlate(double[] x, double[] y, long[] counts)
    {
        var all = 0d;
        var (sumX, sumY) = (0d, 0d);
        for (var i = 0; i < x.Length; i++)
        {
            all += counts[i];
            sumX += x[i] * counts[i];
            sumY += y[i] * counts[i];
        }

        var (meanX, meanY) = (sumX / all, sumY / all);
        var (xx, yy, xy) = (0d, 0d, 0d);
        for (var i = 0; i < x.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            xx += counts[i] * dx * dx;
            yy += counts[i] * dy * dy;
            xy += counts[i] * dx * dy;
        }

        // One root where the product is within a double: equal pairs then give exactly 1.
        var product = xx * yy;
        return Math.Clamp(double.IsFinite(product) && product > 0 ? xy / Math.Sqrt(product) : xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    private static double[] Ranks(double[] values, long[] counts)
    {
        double[] sorted = [.. values];
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, order);
        var ranks = new double[values.Length];
        var before = 0L;
        for (var start = 0; start < order.Length;)
        {
            var end = start;
            var equals = 0L;
            for (; end < order.Length && sorted[end] == sorted[start]; end++)
                equals += counts[order[end]];
            for (; start < end; start++)
                ranks[order[start]] = before + ((equals + 1) / 2.0);
            before += equals;
        }

        return ranks;
    }
}
