namespace PerfDash.Core.Comparison;

/// <summary>
/// Estimates how much one side differs from another among jobs that are alike. Pure; formulas with their sources are in
/// docs/statistics.md. Exchanging the sides changes the sign of the effect and nothing else.
/// </summary>
public static class EffectEstimator
{
    /// <summary>Weight, in jobs, of the spread all strata have in common against a stratum's own.</summary>
    private const double SharedSpreadJobs = 4;

    /// <summary>A side with fewer degrees of freedom shares its spread with the other.</summary>
    private const int OwnSpreadDegrees = 5;

    /// <summary>
    /// The effect: matched by tier and worker where that gives an interval, else by tier between workers, else none.
    /// </summary>
    public static Effect Estimate(StratifiedValues baseline, StratifiedValues other, EffectScale scale)
    {
        var matched = ByTierAndWorker(baseline, other, scale);
        if (matched.HasInterval)
            return matched;
        var byTier = TierEffect.Estimate(baseline, other, scale);
        // A difference without an interval from the finer match says more than one from the coarser.
        return byTier.HasInterval || matched.Matching == Matching.None ? byTier : matched;
    }

    private static Effect ByTierAndWorker(StratifiedValues baseline, StratifiedValues other, EffectScale scale)
    {
        // In the order of the keys, so that sums do not depend on the order jobs came in.
        List<(List<double> Baseline, List<double> Other)> strata =
        [
            .. baseline.Cells.Where(cell => other.Cells.ContainsKey(cell.Key))
                .OrderBy(cell => cell.Key.Tier, StringComparer.Ordinal).ThenBy(cell => cell.Key.WorkerId)
                .Select(cell => (cell.Value, other.Cells[cell.Key])),
        ];
        if (strata.Count == 0)
            return Effect.Nothing(baseline.Count + other.Count);

        var cells = RobustValues.DrawIn(strata, scale.LeastSpread);
        var a = new Side(cells.Select(c => c.Baseline), scale.LeastSpread);
        var b = new Side(cells.Select(c => c.Other), scale.LeastSpread);
        var (varianceA, varianceB, degreesA, degreesB, shared) = Side.Spreads(a, b);

        var differences = new double[cells.Count];
        var sampling = new double[cells.Count];
        var precision = new double[cells.Count];
        for (var s = 0; s < cells.Count; s++)
        {
            differences[s] = b.Means[s] - a.Means[s];
            sampling[s] = (a.VarianceOf(s, varianceA) / a.Counts[s]) + (b.VarianceOf(s, varianceB) / b.Counts[s]);
            precision[s] = 1 / ((varianceA / a.Counts[s]) + (varianceB / b.Counts[s]));
        }

        var between = Math.Max(scale.LeastHeterogeneity * scale.LeastHeterogeneity, Heterogeneity(differences, sampling, precision));
        double[] weights = [.. precision.Select(p => 1 / ((1 / p) + between))];
        var total = weights.Sum();
        double difference = 0, partA = 0, partB = 0, squares = 0;
        for (var s = 0; s < cells.Count; s++)
        {
            var share = weights[s] / total;
            difference += share * differences[s];
            partA += share * share * a.VarianceOf(s, varianceA) / a.Counts[s];
            partB += share * share * b.VarianceOf(s, varianceB) / b.Counts[s];
            squares += share * share;
        }

        var within = partA + partB;
        var across = between * squares;
        var (p, sign) = RankTest.VanElteren(strata);
        // Satterthwaite 1946, over the two sides' spreads and the variance between strata where it was estimated.
        var acrossTerm = between > scale.LeastHeterogeneity * scale.LeastHeterogeneity ? across * across / (cells.Count - 1) : 0;
        var withinTerm = shared ? within * within / degreesA : (partA * partA / degreesA) + (partB * partB / degreesB);
        var estimable = degreesA > 0 && degreesB > 0;
        var matchedA = strata.Sum(s => s.Baseline.Count);
        var matchedB = strata.Sum(s => s.Other.Count);
        return new Effect
        {
            Matching = Matching.TierAndWorker,
            Difference = difference,
            StandardError = estimable ? Math.Sqrt(within + across) : double.PositiveInfinity,
            DegreesOfFreedom = estimable
                ? (within + across) * (within + across) / (withinTerm + acrossTerm)
                : 0,
            ReducibleVariance = within,
            RankP = p,
            RankSign = sign,
            BaselineJobs = matchedA,
            OtherJobs = matchedB,
            LeftOutJobs = baseline.Count + other.Count - matchedA - matchedB,
            Strata = strata.Count,
        };
    }

    /// <summary>Variance of the effect between strata by moments (DerSimonian and Laird 1986, for fixed weights: DerSimonian and Kacker 2007).</summary>
    private static double Heterogeneity(double[] differences, double[] sampling, double[] precision)
    {
        var total = precision.Sum();
        var squares = precision.Sum(u => u * u);
        var room = total - (squares / total);
        if (differences.Length < 2 || room <= 0)
            return 0;
        double mean = 0, q = 0, expected = 0;
        for (var s = 0; s < differences.Length; s++)
            mean += precision[s] / total * differences[s];
        for (var s = 0; s < differences.Length; s++)
        {
            q += precision[s] * (differences[s] - mean) * (differences[s] - mean);
            expected += precision[s] * sampling[s] * (1 - (precision[s] / total));
        }

        return Math.Max(0, (q - expected) / room);
    }

    /// <summary>One side's cells: counts, means and squared deviations.</summary>
    private sealed class Side
    {
        private readonly double[] _squares;
        private readonly double _leastVariance;

        public Side(IEnumerable<double[]> cells, double leastSpread)
        {
            double[][] all = [.. cells];
            Counts = [.. all.Select(cell => cell.Length)];
            Means = [.. all.Select(cell => cell.Average())];
            _squares = [.. all.Select((cell, s) => cell.Sum(v => (v - Means[s]) * (v - Means[s])))];
            _leastVariance = leastSpread * leastSpread;
        }

        public int[] Counts { get; }

        public double[] Means { get; }

        private int Degrees => Counts.Sum() - Counts.Length;

        private double Squares => _squares.Sum();

        /// <summary>The spread each side's cells have in common; one for both where either side has too few jobs of its own.</summary>
        public static (double A, double B, double DegreesA, double DegreesB, bool Shared) Spreads(Side a, Side b)
        {
            if (a.Degrees >= OwnSpreadDegrees && b.Degrees >= OwnSpreadDegrees)
                return (Floor(a.Squares / a.Degrees), Floor(b.Squares / b.Degrees), a.Degrees, b.Degrees, false);
            var degrees = a.Degrees + b.Degrees;
            var common = Floor(degrees > 0 ? (a.Squares + b.Squares) / degrees : 0);
            return (common, common, degrees, degrees, true);

            double Floor(double variance) => Math.Max(variance, a._leastVariance);
        }

        /// <summary>A cell's variance, drawn towards the common one the more, the fewer its jobs.</summary>
        public double VarianceOf(int cell, double common) =>
            Math.Max(_leastVariance, (_squares[cell] + (SharedSpreadJobs * common)) / (Counts[cell] - 1 + SharedSpreadJobs));
    }
}
