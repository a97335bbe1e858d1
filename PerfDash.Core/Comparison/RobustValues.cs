namespace PerfDash.Core.Comparison;

/// <summary>The values of one stratum; those of a side that did not run there are empty.</summary>
internal sealed record StratumValues(Stratum Stratum, double[] Baseline, double[] Other)
{
    /// <summary>True where both sides ran.</summary>
    public bool IsShared => Baseline.Length > 0 && Other.Length > 0;

    /// <summary>Values of both sides.</summary>
    public int Count => Baseline.Length + Other.Length;
}

/// <summary>
/// Draws outliers in before means are taken: a value further than some robust standard deviations from its cell's centre
/// counts as if it lay there (Huber's ψ), with each cell's own spread where it has jobs enough, and all deviations are stretched by the share of values left alone.
/// The limit is 2.25 where the values look normal, which costs hardly any precision, and 1.5 where their tails are heavy. The mean of
/// such pseudo-values is the one-step M-estimate of location, and their variance over n its variance (Huber 1981, ch. 6;
/// Bickel 1975), so that what follows can be plain arithmetic of means.
/// </summary>
internal static class RobustValues
{
    private const double Cut = 2.25;
    private const double CutOfHeavyTails = 1.5;

    /// <summary>Of normal values 1.2 % lie further than this many standard deviations from their centre.</summary>
    private const double Far = 2.5;

    /// <summary>Tails are heavy where a larger share of the values lies that far out.</summary>
    private const double MostFar = 0.03;

    private const double MadToSigma = 1.4826;

    /// <summary>A cell with at least this many values has a centre of its own; a smaller one borrows from the stratum.</summary>
    public const int OwnCentre = 5;

    /// <summary>A side with at least this many values has a spread of its own.</summary>
    private const int OwnSpread = 20;

    /// <summary>Weight, in jobs, of a side's spread against that of one of its cells.</summary>
    private const double SharedSpreadJobs = 8;

    private const int FewestToDraw = 20;

    /// <summary>The strata with their outliers drawn in. One that only one side ran in has at least <see cref="OwnCentre"/> values.</summary>
    public static List<StratumValues> DownWeightOutliers(IReadOnlyList<StratumValues> strata, double leastSpread)
    {
        // Among few values no spread is known well enough to call any of them an outlier.
        if (strata.Sum(s => s.Count) < FewestToDraw)
            return [.. strata];
        var common = WeightedMedian([.. strata.Where(s => s.IsShared).Select(s => (
            Median([.. s.Other]) - Median([.. s.Baseline]),
            (double)s.Baseline.Length * s.Other.Length / s.Count))]);
        var centres = new (double Baseline, double Other)[strata.Count];
        List<double> baselineDeviations = [];
        List<double> otherDeviations = [];
        for (var i = 0; i < strata.Count; i++)
        {
            var (_, baseline, other) = strata[i];
            var middle = Math.Min(baseline.Length, other.Length) >= OwnCentre
                ? 0
                : Median([.. baseline.Select(v => v + (common / 2)), .. other.Select(v => v - (common / 2))]);
            var centre = centres[i] = (
                baseline.Length >= OwnCentre ? Median([.. baseline]) : middle - (common / 2),
                other.Length >= OwnCentre ? Median([.. other]) : middle + (common / 2));
            baselineDeviations.AddRange(baseline.Select(v => v - centre.Baseline));
            otherDeviations.AddRange(other.Select(v => v - centre.Other));
        }

        var both = Spread([.. baselineDeviations, .. otherDeviations], leastSpread);
        var baselineSpread = baselineDeviations.Count >= OwnSpread ? Spread(baselineDeviations, leastSpread) : both;
        var otherSpread = otherDeviations.Count >= OwnSpread ? Spread(otherDeviations, leastSpread) : both;
        var far = strata.Select((s, i) => s.Baseline.Count(v => Math.Abs(v - centres[i].Baseline) > Far * baselineSpread)
            + s.Other.Count(v => Math.Abs(v - centres[i].Other) > Far * otherSpread)).Sum();
        var cut = far > MostFar * strata.Sum(s => s.Count) ? CutOfHeavyTails : Cut;
        double[] baselineCuts = [.. strata.Select((s, i) => cut * SpreadOf(s.Baseline, centres[i].Baseline, baselineSpread))];
        double[] otherCuts = [.. strata.Select((s, i) => cut * SpreadOf(s.Other, centres[i].Other, otherSpread))];
        var baselineShare = Share(strata.Select((s, i) => s.Baseline.Count(v => Math.Abs(v - centres[i].Baseline) <= baselineCuts[i])), baselineDeviations.Count);
        var otherShare = Share(strata.Select((s, i) => s.Other.Count(v => Math.Abs(v - centres[i].Other) <= otherCuts[i])), otherDeviations.Count);
        return
        [
            .. strata.Select((s, i) => new StratumValues(
                s.Stratum,
                Drawn(s.Baseline, centres[i].Baseline, baselineCuts[i], baselineShare),
                Drawn(s.Other, centres[i].Other, otherCuts[i], otherShare))),
        ];
    }

    public static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static double[] Drawn(double[] values, double centre, double cut, double share) =>
        [.. values.Select(v => centre + (Math.Clamp(v - centre, -cut, cut) / share))];

    private static double Spread(List<double> deviations, double leastSpread) =>
        Math.Max(leastSpread, MadToSigma * Median([.. deviations.Select(Math.Abs)]));

    // A cell's own, drawn towards the side's the more, the fewer its values.
    private static double SpreadOf(double[] values, double centre, double common)
    {
        if (values.Length < OwnCentre)
            return common;
        var own = MadToSigma * Median([.. values.Select(v => Math.Abs(v - centre))]);
        return Math.Sqrt(((values.Length * own * own) + (SharedSpreadJobs * common * common)) / (values.Length + SharedSpreadJobs));
    }

    // At least half: where more is drawn in, the values have no common spread to speak of.
    private static double Share(IEnumerable<int> leftAlone, int all) => Math.Max(0.5, (double)leftAlone.Sum() / Math.Max(1, all));

    // Of an even split the mean of both middles, so that exchanging the sides changes only the sign.
    private static double WeightedMedian((double Value, double Weight)[] values)
    {
        Array.Sort(values, (x, y) => x.Value.CompareTo(y.Value));
        var half = values.Sum(v => v.Weight) / 2;
        var sum = 0d;
        for (var i = 0; i < values.Length; i++)
        {
            sum += values[i].Weight;
            if (Math.Abs(sum - half) < 1e-9 * half && i + 1 < values.Length)
                return (values[i].Value + values[i + 1].Value) / 2;
            if (sum > half)
                return values[i].Value;
        }

        return values[^1].Value;
    }
}
