namespace PerfDash.Core.Rollups;

/// <summary>How many values are in each bin, from several sources. Added up here: rows of an array each leave the database several times as quickly as their elements are counted in it.</summary>
internal static class BinCounts
{
    /// <summary>Adds bins counted among the metrics to those of roll-ups.</summary>
    /// <param name="bins">Bins of the metrics; null for none.</param>
    /// <param name="counts">Values in each.</param>
    /// <param name="rolledUp">Those of the roll-ups, which this changes; null for none.</param>
    public static Dictionary<double, long> Sum(double[]? bins, long[]? counts, Dictionary<double, long>? rolledUp)
    {
        var sum = rolledUp ?? [];
        foreach (var (bin, count) in (bins ?? []).Zip(counts ?? []))
            sum[bin] = sum.GetValueOrDefault(bin) + count;
        return sum;
    }

    /// <summary>The rows of a roll-up by key.</summary>
    public static Dictionary<long, Dictionary<double, long>> ByKey(IEnumerable<KeyBins> rows)
    {
        Dictionary<long, Dictionary<double, long>> sums = [];
        foreach (var row in rows)
        {
            if (!sums.TryGetValue(row.Key, out var sum))
                sums[row.Key] = sum = [];
            for (var i = 0; i < row.Bins.Length; i++)
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(sum, row.Bins[i], out _) += row.Counts[i];
        }

        return sums;
    }
}

/// <summary>Bins of a row.</summary>
/// <param name="Key">Its group.</param>
/// <param name="Bins">Numbers of the bins.</param>
/// <param name="Counts">Values in each.</param>
internal sealed record KeyBins(long Key, int[] Bins, int[] Counts);
