using PerfDash.Data.Entities;

namespace PerfDash.Core.Comparison;

/// <summary>
/// The effect where no worker ran both sides in a common tier. What differs may then be the workers, so workers are the
/// units: each gives one figure, its jobs' distance from the middle of the tiers both sides share, and Welch's t compares
/// the workers of the two sides. One worker on either side gives a difference without an interval.
/// </summary>
internal static class TierEffect
{
    public static Effect Estimate(StratifiedValues baseline, StratifiedValues other, EffectScale scale)
    {
        var a = CellsByTier(baseline);
        var b = CellsByTier(other);
        List<(string? Tier, RunClass?)> tiers = [.. a.Keys.Where(b.ContainsKey).OrderBy(kind => kind.Tier, StringComparer.Ordinal).ThenBy(kind => kind.RunClass)];
        if (tiers.Count == 0)
            return Effect.Nothing(baseline.Count + other.Count);

        Dictionary<long, (double Sum, int Jobs)> workersA = [];
        Dictionary<long, (double Sum, int Jobs)> workersB = [];
        foreach (var tier in tiers)
        {
            var middle = (a[tier].Average(cell => cell.Centre) + b[tier].Average(cell => cell.Centre)) / 2;
            Add(workersA, a[tier], middle);
            Add(workersB, b[tier], middle);
        }

        double[] meansA = [.. workersA.OrderBy(w => w.Key).Select(w => w.Value.Sum / w.Value.Jobs)];
        double[] meansB = [.. workersB.OrderBy(w => w.Key).Select(w => w.Value.Sum / w.Value.Jobs)];
        var matchedA = workersA.Sum(w => w.Value.Jobs);
        var matchedB = workersB.Sum(w => w.Value.Jobs);
        var fewest = Math.Min(meansA.Length, meansB.Length);
        var partA = Variance(meansA, scale) / meansA.Length;
        var partB = Variance(meansB, scale) / meansB.Length;
        return new Effect
        {
            Matching = Matching.Tier,
            Difference = meansB.Average() - meansA.Average(),
            StandardError = fewest < 2 ? double.PositiveInfinity : Math.Sqrt(partA + partB),
            DegreesOfFreedom = fewest < 2
                ? 0
                : (partA + partB) * (partA + partB) / ((partA * partA / (meansA.Length - 1)) + (partB * partB / (meansB.Length - 1))),
            BaselineJobs = matchedA,
            OtherJobs = matchedB,
            LeftOutJobs = baseline.Count + other.Count - matchedA - matchedB,
            Strata = tiers.Count,
            FewestWorkers = fewest,
            Used = baseline.Cells.Keys.Concat(other.Cells.Keys).Where(key => tiers.Contains(key.Kind)).ToHashSet(),
        };
    }

    private static double Variance(double[] means, EffectScale scale)
    {
        var least = scale.LeastWorkerSpread * scale.LeastWorkerSpread;
        if (means.Length < 2)
            return least;
        var mean = means.Average();
        return Math.Max(least, means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1));
    }

    private static Dictionary<(string? Tier, RunClass? RunClass), List<(long Worker, double Centre, int Jobs)>> CellsByTier(StratifiedValues values) =>
        values.Cells.GroupBy(cell => cell.Key.Kind).ToDictionary(
            tier => tier.Key,
            tier => tier.OrderBy(cell => cell.Key.WorkerId)
                .Select(cell => (cell.Key.WorkerId, RobustValues.Median([.. cell.Value]), cell.Value.Count)).ToList());

    private static void Add(Dictionary<long, (double Sum, int Jobs)> workers, List<(long Worker, double Centre, int Jobs)> cells, double middle)
    {
        foreach (var (worker, centre, jobs) in cells)
        {
            var known = workers.GetValueOrDefault(worker);
            workers[worker] = (known.Sum + (jobs * (centre - middle)), known.Jobs + jobs);
        }
    }
}
