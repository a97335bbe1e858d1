namespace PerfDash.Core.Workers;

/// <summary>A size of card.</summary>
/// <param name="NominalGb">What it is sold as, GB.</param>
/// <param name="MemoryMb">What a job can count on, MB: the least any card of this size in the farm has, else the nominal size.</param>
/// <param name="WorkerCount">Workers of the farm with such a card.</param>
public sealed record CardSize(int NominalGb, int MemoryMb, int WorkerCount)
{
    /// <summary>A job that leaves less than this share of the memory free is tight on the card.</summary>
    public const double TightShare = 0.1;

    /// <summary>Whether a peak, MB, fits.</summary>
    public bool Fits(double peakMb) => peakMb <= MemoryMb;

    /// <summary>Whether it fits with little to spare.</summary>
    public bool IsTight(double peakMb) => Fits(peakMb) && peakMb > MemoryMb * (1 - TightShare);
}

/// <summary>The sizes that jobs are compared with: the usual ones, and what the farm has beside them.</summary>
public static class CardSizes
{
    // Cards report up to 7 % less than they are sold as.
    private const double NominalShare = 0.93;

    private static readonly int[] UsualGb = [8, 12, 16, 24, 32, 48, 80];

    /// <summary>The sizes, smallest first.</summary>
    /// <param name="farmMb">Memory of each worker's card, MB; those without any are left out.</param>
    public static IReadOnlyList<CardSize> From(IEnumerable<int> farmMb)
    {
        var farm = farmMb.Where(mb => mb > 0).GroupBy(NominalOf).ToDictionary(g => g.Key, g => (Least: g.Min(), Count: g.Count()));
        return
        [
            .. UsualGb.Union(farm.Keys).Order().Select(gb => farm.TryGetValue(gb, out var own)
                ? new CardSize(gb, own.Least, own.Count)
                : new CardSize(gb, gb * 1024, 0)),
        ];
    }

    private static int NominalOf(int memoryMb)
    {
        var usual = UsualGb.FirstOrDefault(gb => memoryMb <= gb * 1024 * 1.01 && memoryMb >= gb * 1024 * NominalShare);
        return usual != 0 ? usual : Math.Max(1, (int)Math.Round(memoryMb / 1024d, MidpointRounding.AwayFromZero));
    }
}
