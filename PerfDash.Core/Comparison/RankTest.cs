using MathNet.Numerics.Distributions;

namespace PerfDash.Core.Comparison;

/// <summary>
/// The aligned rank test (Hodges and Lehmann 1962; for linear models Puri and Sen 1985): what tier and worker come to is
/// removed, the rest is ranked over all jobs, and the ranks are weighed as the estimate weighs the jobs. A second opinion
/// that knows nothing of sizes. In one stratum it is the Wilcoxon test, corrected for ties.
/// </summary>
internal static class RankTest
{
    /// <summary>Two-sided p, and the sign of the statistic: +1 where the other side's values rank higher.</summary>
    /// <param name="levels">What tier and worker come to in each stratum.</param>
    /// <param name="weights">What the estimate gives each side's mean of each stratum.</param>
    public static (double P, int Sign) Aligned(IReadOnlyList<StratumValues> strata, IReadOnlyList<double> levels, (double Baseline, double Other)[] weights)
    {
        List<(double Value, double Weight)> jobs = [];
        for (var s = 0; s < strata.Count; s++)
        {
            var (_, baseline, other) = strata[s];
            jobs.AddRange(baseline.Select(v => (v - levels[s], weights[s].Baseline / baseline.Length)));
            jobs.AddRange(other.Select(v => (v - levels[s], weights[s].Other / other.Length)));
        }

        jobs.Sort((x, y) => x.Value.CompareTo(y.Value));
        double statistic = 0, rankSquares = 0, weightSquares = 0;
        var middle = (jobs.Count + 1) / 2d;
        for (var first = 0; first < jobs.Count;)
        {
            var next = first + 1;
            while (next < jobs.Count && jobs[next].Value.Equals(jobs[first].Value))
                next++;
            var rank = ((first + 1 + next) / 2d) - middle;
            for (var i = first; i < next; i++)
            {
                statistic += rank * jobs[i].Weight;
                weightSquares += jobs[i].Weight * jobs[i].Weight;
            }

            rankSquares += (next - first) * rank * rank;
            first = next;
        }

        var variance = rankSquares / (jobs.Count - 1) * weightSquares;
        return variance > 0 ? (2 * Normal.CDF(0, 1, -Math.Abs(statistic) / Math.Sqrt(variance)), Math.Sign(statistic)) : (1, 0);
    }
}
