namespace PerfDash.Core.Statistics;

/// <summary>The bins of <c>perfdash_log_bin</c>, 0.5 % wide.</summary>
internal static class LogBins
{
    // As in the function: bins about it are of negative values, bins of positive ones are far above.
    private const int OfZero = -1_000_000;
    private const int MostNegative = -500_000;
    private const double PerUnit = 200;

    /// <summary>A bin of values that lie between <paramref name="min"/> and <paramref name="max"/>.</summary>
    public static ValueBin Bin(int bin, long count, double min, double max)
    {
        var (low, high) = Bounds(bin);
        (low, high) = (Math.Clamp(low, min, max), Math.Clamp(high, min, max));
        return new ValueBin(count, (low + high) / 2, low, high);
    }

    /// <summary>Edges moved by at most a bin, the outer ones outwards, so that none runs through a bin of positive values.</summary>
    public static double[] Aligned(double[] edges) =>
        [.. edges.Select((edge, i) => edge <= 0 ? edge : Edge(edge, i == 0 ? Math.Floor : i == edges.Length - 1 ? Math.Ceiling : Math.Round)).Distinct()];

    private static double Edge(double value, Func<double, double> rounded) => Math.Exp(rounded(Math.Log(value) * PerUnit) / PerUnit);

    // The upper edge belongs to the next bin.
    private static (double Low, double High) Bounds(int bin) => bin switch
    {
        OfZero => (0, 0),
        < MostNegative => (Math.BitIncrement(-Math.Exp((OfZero - bin + 1) / PerUnit)), -Math.Exp((OfZero - bin) / PerUnit)),
        _ => (Math.Exp(bin / PerUnit), Math.BitDecrement(Math.Exp((bin + 1) / PerUnit))),
    };
}
