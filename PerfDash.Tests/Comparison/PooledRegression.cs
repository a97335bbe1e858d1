using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using PerfDash.Core.Comparison;

namespace PerfDash.Tests.Comparison;

/// <summary>What a statistician would run by hand: ordinary least squares of the figure on tier, worker and side.</summary>
internal static class PooledRegression
{
    /// <summary>+1 or −1 where the interval of the side's coefficient at <paramref name="confidence"/> excludes 0, else null.</summary>
    public static int? Direction(StratifiedValues baseline, StratifiedValues other, double confidence)
    {
        (Stratum At, double Side, double Value)[] jobs =
        [
            .. baseline.Cells.SelectMany(c => c.Value.Select(v => (c.Key, 0d, v))),
            .. other.Cells.SelectMany(c => c.Value.Select(v => (c.Key, 1d, v))),
        ];
        string?[] tiers = [.. jobs.Select(j => j.At.Tier).Distinct().Order()];
        long[] workers = [.. jobs.Select(j => j.At.WorkerId).Distinct().Order()];
        var design = Matrix<double>.Build.Dense(jobs.Length, 1 + tiers.Length + workers.Length, (row, column) =>
            column == 0 ? jobs[row].Side
            : column <= tiers.Length ? (jobs[row].At.Tier == tiers[column - 1] ? 1 : 0)
            : jobs[row].At.WorkerId == workers[column - 1 - tiers.Length] ? 1 : 0);
        var values = Vector<double>.Build.Dense([.. jobs.Select(j => j.Value)]);
        var inverse = (design.TransposeThisAndMultiply(design)).PseudoInverse();
        var coefficients = inverse * design.TransposeThisAndMultiply(values);
        var degrees = jobs.Length - design.Rank();
        var error = Math.Sqrt((values - (design * coefficients)).DotProduct(values - (design * coefficients)) / degrees * inverse[0, 0]);
        return Math.Abs(coefficients[0]) > StudentT.InvCDF(0, 1, degrees, 0.5 + (confidence / 2)) * error ? Math.Sign(coefficients[0]) : null;
    }
}
