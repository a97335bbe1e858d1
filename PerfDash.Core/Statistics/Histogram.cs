using System.Globalization;

namespace PerfDash.Core.Statistics;

/// <summary>One bar of a histogram: the values from <paramref name="Lower"/> up to, not including, <paramref name="Upper"/>; the last bar includes it.</summary>
/// <param name="Lower">Lower edge.</param>
/// <param name="Upper">Upper edge, greater than the lower.</param>
/// <param name="Count">Values in it; may be 0.</param>
public sealed record HistogramBin(double Lower, double Upper, long Count);

/// <summary>Where the bars of a histogram begin and end.</summary>
public static class Histogram
{
    /// <summary>Bars of equal width, at most. One more may stand on either side for far outliers.</summary>
    public const int MaxEvenBins = 46;

    private const int MinEvenBins = 5;

    // Beyond it the distance of two values, or a round number above them, may be no double.
    private const double MostReadable = 1e300;

    /// <summary>
    /// Edges that hold every value from <paramref name="min"/> to <paramref name="max"/>: multiples of 1, 2 or 5 × 10^k,
    /// as many as the Freedman–Diaconis rule asks for, between 5 and <see cref="MaxEvenBins"/> bars. Where values lie
    /// further than three interquartile ranges outside the middle half, and would press the rest into a corner, one wide
    /// bar holds them. A single value gets one bar.
    /// </summary>
    /// <param name="count">How many values there are, at least 1.</param>
    /// <param name="min">The least, finite.</param>
    /// <param name="p25">The lower quartile.</param>
    /// <param name="p75">The upper quartile.</param>
    /// <param name="max">The greatest, finite.</param>
    /// <returns>Rising edges, one more than bars; the first is at most the least value and the last at least the greatest.</returns>
    public static double[] Edges(long count, double min, double p25, double p75, double max)
    {
        if (Math.Max(Math.Abs(min), Math.Abs(max)) > MostReadable)
            return EdgesOfHuge(min, max);
        if (min == max)
            return EvenEdges(min, max, NiceStep(min == 0 ? 1 : Math.Abs(min) / 100));

        var spread = p75 - p25;
        var low = Math.Max(min, p25 - (3 * spread));
        var high = Math.Min(max, p75 + (3 * spread));
        if (spread <= 0 || max - min <= 2 * (high - low))
            (low, high) = (min, max);

        var wanted = spread > 0 ? (high - low) / (2 * spread / Math.Cbrt(count)) : Math.Cbrt(count) * 2;
        var bins = Math.Clamp(wanted, MinEvenBins, MaxEvenBins);
        // Rounding the step up keeps the number of bars within the limit; finer steps than a double can distinguish are no use.
        var step = NiceStep(Math.Max((high - low) / bins, Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-12));
        var edges = EvenEdges(low, high, step);
        if (min < edges[0])
            edges = [EvenEdges(min, min, NiceStep((edges[0] - min) / 10))[0], .. edges];
        if (max > edges[^1])
            edges = [.. edges, EvenEdges(max, max, NiceStep((max - edges[^1]) / 10))[^1]];
        return edges;
    }

    /// <summary>The bars between <paramref name="edges"/>, with counts by the number of the bar from 1; a bar without one counts 0.</summary>
    public static IReadOnlyList<HistogramBin> Bins(IReadOnlyList<double> edges, IReadOnlyDictionary<int, long> counts) =>
    [
        .. Enumerable.Range(1, edges.Count - 1).Select(i => new HistogramBin(edges[i - 1], edges[i], counts.GetValueOrDefault(i))),
    ];

    /// <summary>The number, from 1, of the bar that holds <paramref name="value"/>, which lies within the edges; the last bar includes its upper edge.</summary>
    public static int Bar(double[] edges, double value)
    {
        var place = Array.BinarySearch(edges, value);
        return Math.Clamp(place >= 0 ? place + 1 : ~place, 1, edges.Length - 1);
    }

    /// <summary>Five equal bars, whose edges are not round.</summary>
    private static double[] EdgesOfHuge(double min, double max)
    {
        if (min == max)
            (min, max) = min > 0 ? (min / 2, max) : (min, max / 2);
        return [.. Enumerable.Range(0, MinEvenBins).Select(i => (min * (1 - (i / (double)MinEvenBins))) + (max * (i / (double)MinEvenBins))), max];
    }

    private static double[] EvenEdges(double low, double high, NiceNumber step)
    {
        var first = Math.Floor(low / step.Value);
        while (step.Times(first) > low)
            first--;
        var last = Math.Max(Math.Ceiling(high / step.Value), first + 1);
        while (step.Times(last) < high)
            last++;
        var edges = new double[(int)(last - first) + 1];
        for (var i = 0; i < edges.Length; i++)
            edges[i] = step.Times(first + i);
        return edges;
    }

    /// <summary>The least 1, 2 or 5 × 10^k that is not below <paramref name="least"/>.</summary>
    private static NiceNumber NiceStep(double least)
    {
        var exponent = Math.Max((int)Math.Floor(Math.Log10(least)), -300);
        foreach (var digit in (int[])[1, 2, 5])
        {
            var step = new NiceNumber(digit, exponent);
            if (step.Value >= least)
                return step;
        }

        return new NiceNumber(1, exponent + 1);
    }

    /// <summary>A digit and a power of ten, whose multiples are read from decimals: 3 × 0.1 is 0.3 here.</summary>
    private readonly record struct NiceNumber(int Digit, int Exponent)
    {
        public double Value => Times(1);

        public double Times(double n) => double.Parse(
            string.Create(CultureInfo.InvariantCulture, $"{(n * Digit) + 0.0:F0}e{Exponent}"), CultureInfo.InvariantCulture);
    }
}
