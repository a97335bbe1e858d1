namespace PerfDash.Core.Statistics;

/// <summary>Several questions looked at together: how sure each answer must be, so that what is named stays right (Benjamini and Hochberg 1995).</summary>
public static class FalseDiscovery
{
    /// <summary>
    /// The largest p that may be named: of what is named, at most <paramref name="rate"/> is wrong on average; where nothing
    /// differs, anything is named in at most that share of the cases. For a single question it is <paramref name="rate"/>.
    /// </summary>
    /// <param name="ps">The p of every question looked at; 1 for those that cannot be answered.</param>
    /// <param name="rate">Share of wrong ones among those named, such as 0.02.</param>
    public static double Level(IEnumerable<double> ps, double rate)
    {
        double[] sorted = [.. ps.Order()];
        for (var i = sorted.Length; i > 1; i--)
        {
            if (sorted[i - 1] <= rate * i / sorted.Length)
                return rate * i / sorted.Length;
        }

        return rate / Math.Max(1, sorted.Length);
    }
}
