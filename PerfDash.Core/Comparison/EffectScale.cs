namespace PerfDash.Core.Comparison;

/// <summary>What counts as much and as little on the scale an effect is measured on (see docs/statistics.md).</summary>
/// <param name="EquivalenceBand">Two sides are equal when the whole interval lies within ± this.</param>
/// <param name="LeastNamed">A smaller effect is never named, however certain.</param>
/// <param name="LeastSpread">Standard deviation between like jobs is taken to be at least this: identical values are not certainty.</param>
/// <param name="LeastHeterogeneity">
/// Standard deviation of the effect between strata is taken to be at least this: jobs alike in tier and worker still
/// differ in what PerfDash does not match, and no number of jobs averages that out.
/// </param>
/// <param name="LeastWorkerSpread">Standard deviation between workers where only tiers could be matched, at least.</param>
public sealed record EffectScale(
    double EquivalenceBand, double LeastNamed, double LeastSpread, double LeastHeterogeneity, double LeastWorkerSpread)
{
    /// <summary>For logarithms of times and of VRAM: ± 3 % is equal, less than 1 % is not named.</summary>
    public static EffectScale Log { get; } = new(Math.Log(1.03), Math.Log(1.01), 0.02, 0.005, 0.02);

    /// <summary>For a score whose values reach up to <paramref name="largest"/>: ± 0.01 is equal where the scale ends at 1, ± 1 where it ends at 100.</summary>
    public static EffectScale ForScore(double largest)
    {
        var unit = largest <= 1 ? 1 : Math.Pow(10, Math.Ceiling(Math.Log10(largest)));
        return new EffectScale(0.01 * unit, 0.003 * unit, 0.005 * unit, 0.0015 * unit, 0.005 * unit);
    }
}
