namespace PerfDash.Core.Comparison;

/// <summary>
/// Estimates how much one side differs from another among jobs that are alike. Pure; formulas with their sources are in
/// docs/statistics.md. Exchanging the sides changes the sign of the effect and nothing else.
/// </summary>
public static class EffectEstimator
{
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
        // In the order of the keys, so that sums do not depend on the order jobs came in. Strata of one side say what
        // their tier and worker come to, if they have enough jobs to recognise an outlier.
        List<StratumValues> strata =
        [
            .. baseline.Cells.Keys.Union(other.Cells.Keys).OrderBy(key => key.Tier, StringComparer.Ordinal).ThenBy(key => key.RunClass).ThenBy(key => key.WorkerId)
                .Select(key => new StratumValues(key, [.. baseline.Cells.GetValueOrDefault(key) ?? []], [.. other.Cells.GetValueOrDefault(key) ?? []]))
                .Where(s => s.IsShared || s.Count >= RobustValues.OwnCentre),
        ];
        if (!strata.Any(s => s.IsShared))
            return Effect.Nothing(baseline.Count + other.Count);

        var drawn = RobustValues.DownWeightOutliers(strata, scale.LeastSpread);
        var a = new CellMeans(drawn.Select(s => s.Baseline), scale.LeastSpread);
        var b = new CellMeans(drawn.Select(s => s.Other), scale.LeastSpread);
        var (varianceA, varianceB, degreesA, degreesB, pooled) = CellMeans.Spreads(a, b);
        var fit = AdjustedFit.Fit([.. strata.Select(s => s.Stratum)], a, b, varianceA, varianceB, scale);

        double partA = 0, partB = 0, acrossSquares = 0, between = 0;
        for (var s = 0; s < strata.Count; s++)
        {
            var (weightA, weightB) = fit.Weights[s];
            partA += weightA * weightA * a.VarianceOfMean(s, varianceA);
            partB += weightB * weightB * b.VarianceOfMean(s, varianceB);
            acrossSquares += (weightB - weightA) * (weightB - weightA) / 4;
            between += fit.CellVariances[s] * (weightA + weightB) * (weightA + weightB);
        }

        var within = partA + partB;
        var across = fit.Heterogeneity * acrossSquares;
        var variance = within + across + between;
        var shared = strata.Count(s => s.IsShared);
        var (p, sign) = RankTest.Aligned(strata, fit.Levels, fit.Weights);
        // Satterthwaite 1946, over the two sides' spreads and the variances between strata where they were estimated.
        var acrossTerm = fit.IsHeterogeneous ? across * across / (shared - 1) : 0;
        var betweenTerm = between * between / fit.CellDegrees;
        var withinTerm = pooled ? within * within / degreesA : (partA * partA / degreesA) + (partB * partB / degreesB);
        var estimable = degreesA > 0 && degreesB > 0;
        var used = strata.Where((s, i) => s.IsShared || fit.IsUsed(i)).ToArray();
        var matchedA = used.Sum(s => s.IsShared ? s.Baseline.Length : 0);
        var matchedB = used.Sum(s => s.IsShared ? s.Other.Length : 0);
        return new Effect
        {
            Matching = Matching.TierAndWorker,
            Difference = fit.Difference,
            StandardError = estimable ? Math.Sqrt(variance) : double.PositiveInfinity,
            DegreesOfFreedom = estimable ? variance * variance / (withinTerm + acrossTerm + betweenTerm) : 0,
            ReducibleVariance = within,
            RankP = p,
            RankSign = sign,
            BaselineJobs = matchedA,
            OtherJobs = matchedB,
            UnpairedJobs = used.Sum(s => s.Count) - matchedA - matchedB,
            LeftOutJobs = baseline.Count + other.Count - used.Sum(s => s.Count),
            Strata = shared,
            IsConstant = a.IsConstant && b.IsConstant && strata.Sum(s => s.Count) > strata.Count,
            Used = used.Select(s => s.Stratum).ToHashSet(),
        };
    }
}
