namespace PerfDash.Core.Comparison;

/// <summary>One stratum with jobs of both sides, its outliers drawn in.</summary>
internal sealed record MatchedStratum(double[] Baseline, double[] Other);

/// <summary>
/// Draws outliers in before means are taken: a value further than 1.5 robust standard deviations from its cell's centre
/// counts as if it lay there (Huber's ψ), and all deviations are stretched by the share of values left alone. The mean of
/// such pseudo-values is the one-step M-estimate of location, and their variance over n its variance (Huber 1981, ch. 6;
/// Bickel 1975), so that what follows can be plain arithmetic of means.
/// </summary>
internal static class RobustValues
{
    private const double Cut = 1.5;
    private const double MadToSigma = 1.4826;

    /// <summary>A cell with at least this many values has a centre of its own; a smaller one borrows from the stratum.</summary>
    private const int OwnCentre = 5;

    /// <summary>A side with at least this many values has a spread of its own.</summary>
    private const int OwnSpread = 20;

    private const int FewestToDraw = 20;

    public static List<MatchedStratum> DrawIn(IReadOnlyList<(List<double> Baseline, List<double> Other)> strata, double leastSpread)
    {
        // Among few values no spread can be told well enough to call any of them an outlier.
        if (strata.Sum(s => s.Baseline.Count + s.Other.Count) < FewestToDraw)
            return [.. strata.Select(s => new MatchedStratum([.. s.Baseline], [.. s.Other]))];
        var common = WeightedMedian([.. strata.Select(s => (
            Median([.. s.Other]) - Median([.. s.Baseline]),
            (double)s.Baseline.Count * s.Other.Count / (s.Baseline.Count + s.Other.Count)))]);
        var centres = new (double Baseline, double Other)[strata.Count];
        List<double> baselineDeviations = [];
        List<double> otherDeviations = [];
        for (var i = 0; i < strata.Count; i++)
        {
            var (baseline, other) = strata[i];
            var middle = Math.Min(baseline.Count, other.Count) >= OwnCentre
                ? 0
                : Median([.. baseline.Select(v => v + (common / 2)), .. other.Select(v => v - (common / 2))]);
            var centre = centres[i] = (
                baseline.Count >= OwnCentre ? Median([.. baseline]) : middle - (common / 2),
                other.Count >= OwnCentre ? Median([.. other]) : middle + (common / 2));
            baselineDeviations.AddRange(baseline.Select(v => v - centre.Baseline));
            otherDeviations.AddRange(other.Select(v => v - centre.Other));
        }

        var both = Spread([.. baselineDeviations, .. otherDeviations], leastSpread);
        var baselineCut = Cut * (baselineDeviations.Count >= OwnSpread ? Spread(baselineDeviations, leastSpread) : both);
        var otherCut = Cut * (otherDeviations.Count >= OwnSpread ? Spread(otherDeviations, leastSpread) : both);
        var baselineShare = Share(baselineDeviations, baselineCut);
        var otherShare = Share(otherDeviations, otherCut);
        return
        [
            .. strata.Select((s, i) => new MatchedStratum(
                Drawn(s.Baseline, centres[i].Baseline, baselineCut, baselineShare),
                Drawn(s.Other, centres[i].Other, otherCut, otherShare))),
        ];
    }

    public static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static double[] Drawn(List<double> values, double centre, double cut, double share) =>
        [.. values.Select(v => centre + (Math.Clamp(v - centre, -cut, cut) / share))];

    private static double Spread(List<double> deviations, double leastSpread) =>
        Math.Max(leastSpread, MadToSigma * Median([.. deviations.Select(Math.Abs)]));

    // At least half: where more is drawn in, the values have no common spread to speak of.
    private static double Share(List<double> deviations, double cut) =>
        Math.Max(0.5, (double)deviations.Count(d => Math.Abs(d) <= cut) / deviations.Count);

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
