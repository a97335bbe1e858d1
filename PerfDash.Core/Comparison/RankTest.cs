using MathNet.Numerics.Distributions;

namespace PerfDash.Core.Comparison;

/// <summary>
/// The stratified Wilcoxon test of van Elteren (1960), with the variance corrected for ties: a second opinion that knows
/// nothing of means and spreads.
/// </summary>
internal static class RankTest
{
    /// <summary>Two-sided p, and the sign of the statistic: +1 where the other side's values rank higher.</summary>
    public static (double P, int Sign) VanElteren(IEnumerable<(List<double> Baseline, List<double> Other)> strata)
    {
        double statistic = 0, variance = 0;
        foreach (var (baseline, other) in strata)
        {
            var (m, n) = (baseline.Count, other.Count);
            var total = m + n;
            if (total < 2)
                continue;
            (double Value, bool Other)[] values = [.. baseline.Select(v => (v, false)), .. other.Select(v => (v, true))];
            Array.Sort(values, (x, y) => x.Value.CompareTo(y.Value));
            double rankSum = 0, tieLoss = 0;
            for (var first = 0; first < total;)
            {
                var next = first + 1;
                while (next < total && values[next].Value.Equals(values[first].Value))
                    next++;
                double ties = next - first;
                tieLoss += (ties * ties * ties) - ties;
                var midRank = (first + 1 + next) / 2d;
                for (var i = first; i < next; i++)
                    rankSum += values[i].Other ? midRank : 0;
                first = next;
            }

            statistic += (rankSum - (n * (total + 1) / 2d)) / (total + 1);
            variance += (double)m * n / 12 * (total + 1 - (tieLoss / ((double)total * (total - 1)))) / ((double)(total + 1) * (total + 1));
        }

        return variance <= 0 ? (1, 0) : (2 * Normal.CDF(0, 1, -Math.Abs(statistic) / Math.Sqrt(variance)), Math.Sign(statistic));
    }
}
