using PerfDash.Core.Statistics;

namespace PerfDash.Core.Comparison;

/// <summary>
/// The difference between two sides, adjusted for tier and worker. Each stratum (tier × worker) has a level of its own,
/// which is that of its tier plus that of its worker, plus a deviation. Where deviations are large, only differences within
/// strata count; where they are small, jobs in strata that one side ran alone count too (recovery of inter-block
/// information: Yates 1940, Patterson and Thompson 1971). How large they are is estimated from the strata themselves.
/// </summary>
internal sealed record AdjustedFit
{
    /// <summary>Degrees of freedom that the assumed deviation, the band of equality, weighs against the one seen.</summary>
    private const double PriorDegrees = 2;

    /// <summary>The variance of deviations is at least this part of the assumed one.</summary>
    private const double LeastDeviation = 0.1;

    /// <summary>
    /// The effect is taken to differ between strata where the differences seen exceed what chance gives by more than this
    /// many standard deviations: counting every excess would widen the intervals of half of all pairs for nothing.
    /// </summary>
    private const double Margin = 2;

    /// <summary>A stratum further off than this many standard errors is taken to deviate by as much as it is seen to.</summary>
    private const double Odd = 2;

    /// <summary>Levels of the factor that has fewer; above it only differences within strata count.</summary>
    private const int MostLevels = 60;

    /// <summary>The difference, other − baseline.</summary>
    public required double Difference { get; init; }

    /// <summary>What each stratum's two means weigh in it.</summary>
    public required (double Baseline, double Other)[] Weights { get; init; }

    /// <summary>Variance of each stratum's deviation.</summary>
    public required double[] CellVariances { get; init; }

    /// <summary>Degrees of freedom of those variances.</summary>
    public required double CellDegrees { get; init; }

    /// <summary>Variance of the difference between strata.</summary>
    public required double Heterogeneity { get; init; }

    /// <summary>True where that was estimated, false where it is the least assumed.</summary>
    public required bool IsHeterogeneous { get; init; }

    /// <summary>What each stratum comes to, midway between the sides.</summary>
    public required double[] Levels { get; init; }

    /// <summary>True where the stratum has a part in the difference.</summary>
    public bool IsUsed(int stratum) => Math.Abs(Weights[stratum].Baseline) + Math.Abs(Weights[stratum].Other) > 1e-9;

    public static AdjustedFit Fit(IReadOnlyList<Stratum> strata, CellMeans a, CellMeans b, double varianceA, double varianceB, EffectScale scale)
    {
        var n = strata.Count;
        double[] sampleA = [.. a.Counts.Select(count => varianceA / count)];
        double[] sampleB = [.. b.Counts.Select(count => varianceB / count)];
        (double, double)[] means = [.. a.Means.Zip(b.Means)];
        var estimated = EstimateHeterogeneity(a, b, varianceA, varianceB);
        var heterogeneity = Math.Max(scale.LeastHeterogeneity * scale.LeastHeterogeneity, estimated);
        var (outer, inner, outerLevels, innerLevels) = Indices(strata);

        // First with deviations of none, to see how large they are.
        var plain = new AdditiveFit([.. Enumerable.Range(0, n).Select(s => new CellPrecision(outer[s], inner[s], 1 / sampleA[s], 1 / sampleB[s], 0))], outerLevels, innerLevels);
        var fitted = plain.Fit(means, out var first);
        var residuals = new double[n];
        double q = 0, expected = 0, room = 0;
        for (var s = 0; s < n; s++)
        {
            var (wa, wb) = (1 / sampleA[s], 1 / sampleB[s]);
            var (ra, rb) = (a.Means[s] - fitted[s] + (first / 2), b.Means[s] - fitted[s] - (first / 2));
            residuals[s] = ((wa * ra) + (wb * rb)) / (wa + wb);
            q += (wa * ra * ra) + (wb * rb * rb);
            var cell = new CellPrecision(outer[s], inner[s], wa, wb, 0);
            expected += Seen(wa, a.VarianceOfMean(s, varianceA), -0.5) + Seen(wb, b.VarianceOfMean(s, varianceB), 0.5);
            room += wa + wb - plain.Quadratic(cell, wa + wb, (wb - wa) / 2);
            expected += heterogeneity * (((wa + wb) / 4) - plain.Quadratic(cell, (wb - wa) / 2, (wa + wb) / 4));

            double Seen(double weight, double variance, double side) => weight * variance * (1 - (weight * plain.Quadratic(cell, 1, side)));
        }

        var degrees = n - plain.Levels;
        var seen = degrees > 0 && room > 1e-9 * (1 / sampleA.Concat(sampleB).Min()) ? (q - expected) / room : 0;
        var prior = scale.EquivalenceBand * scale.EquivalenceBand;
        var common = Math.Max(LeastDeviation * prior, ((degrees * seen) + (PriorDegrees * prior)) / (degrees + PriorDegrees));
        double[] deviations = [.. residuals.Select((r, s) => r * r > Odd * Odd * (common + (1 / ((1 / sampleA[s]) + (1 / sampleB[s])))) ? r * r : common)];

        CellPrecision[] cells = [.. Enumerable.Range(0, n).Select(s => Precision(s, deviations[s]))];
        var fit = new AdditiveFit(cells, outerLevels, innerLevels);
        var levels = fit.Fit(means, out var difference);
        return new AdjustedFit
        {
            Difference = difference,
            Weights = fit.Weights(),
            CellVariances = deviations,
            CellDegrees = degrees + PriorDegrees,
            Heterogeneity = heterogeneity,
            IsHeterogeneous = estimated >= heterogeneity,
            Levels =
            [
                .. levels.Select((level, s) => level + (deviations[s] * (
                    ((cells[s].Baseline + cells[s].Both) * (a.Means[s] - level + (difference / 2)))
                    + ((cells[s].Other + cells[s].Both) * (b.Means[s] - level - (difference / 2)))))),
            ],
        };

        // The inverse of a stratum's covariance; infinite variances of a side that did not run there leave the other's.
        CellPrecision Precision(int s, double deviation)
        {
            var (va, vb, both) = (sampleA[s] + deviation + (heterogeneity / 4), sampleB[s] + deviation + (heterogeneity / 4), deviation - (heterogeneity / 4));
            if (double.IsInfinity(va) || double.IsInfinity(vb))
                return new CellPrecision(outer[s], inner[s], 1 / va, 1 / vb, 0);
            var determinant = (va * vb) - (both * both);
            return new CellPrecision(outer[s], inner[s], vb / determinant, va / determinant, -both / determinant);
        }
    }

    /// <summary>Workers, and tiers by class, by number, the factor with more levels as the outer one; where both have very many, each stratum is a level.</summary>
    private static (int[] Outer, int[] Inner, int OuterLevels, int InnerLevels) Indices(IReadOnlyList<Stratum> strata)
    {
        var workers = strata.Select(s => s.WorkerId).Distinct().Index().ToDictionary(w => w.Item, w => w.Index);
        var tiers = strata.Select(s => s.Kind).Distinct().Index().ToDictionary(t => t.Item, t => t.Index);
        int[] worker = [.. strata.Select(s => workers[s.WorkerId])];
        int[] tier = [.. strata.Select(s => tiers[s.Kind])];
        if (Math.Min(workers.Count, tiers.Count) > MostLevels)
            return ([.. Enumerable.Range(0, strata.Count)], new int[strata.Count], strata.Count, 1);
        return workers.Count >= tiers.Count ? (worker, tier, workers.Count, tiers.Count) : (tier, worker, tiers.Count, workers.Count);
    }

    /// <summary>Variance of the difference between shared strata by moments (DerSimonian and Laird 1986, for fixed weights: DerSimonian and Kacker 2007).</summary>
    private static double EstimateHeterogeneity(CellMeans a, CellMeans b, double varianceA, double varianceB)
    {
        int[] shared = [.. Enumerable.Range(0, a.Counts.Length).Where(s => a.Counts[s] > 0 && b.Counts[s] > 0)];
        double[] precision = [.. shared.Select(s => 1 / ((varianceA / a.Counts[s]) + (varianceB / b.Counts[s])))];
        double[] differences = [.. shared.Select(s => b.Means[s] - a.Means[s])];
        var total = precision.Sum();
        var room = total - (precision.Sum(u => u * u) / total);
        if (shared.Length < 2 || room <= 0)
            return 0;
        var mean = precision.Zip(differences).Sum(d => d.First / total * d.Second);
        double q = 0, expected = 0;
        for (var i = 0; i < shared.Length; i++)
        {
            q += precision[i] * (differences[i] - mean) * (differences[i] - mean);
            expected += precision[i] * (a.VarianceOfMean(shared[i], varianceA) + b.VarianceOfMean(shared[i], varianceB)) * (1 - (precision[i] / total));
        }

        return Math.Max(0, (q - expected - (Margin * Math.Sqrt(2 * (shared.Length - 1)))) / room);
    }
}
