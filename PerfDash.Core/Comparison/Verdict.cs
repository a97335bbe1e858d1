using MathNet.Numerics.Distributions;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Comparison;

/// <summary>What can be said of a workflow against its baseline.</summary>
public enum Verdict
{
    /// <summary>The data is inconclusive.</summary>
    Inconclusive,

    /// <summary>No difference that matters.</summary>
    Equal,

    /// <summary>Takes less time per frame.</summary>
    Faster,

    /// <summary>Takes more.</summary>
    Slower,

    /// <summary>Higher scores.</summary>
    Better,

    /// <summary>Lower scores.</summary>
    Worse,
}

/// <summary>Evaluates effects: which way they point, as far as the data is conclusive.</summary>
public static class VerdictRule
{
    /// <summary>
    /// A direction is named at this confidence, stricter than the 95 % interval shown: of many comparisons looked at,
    /// most of two alike, the named ones must still be right.
    /// </summary>
    public const double NamingConfidence = 0.98;

    /// <summary>
    /// The confidence asked where only tiers were matched: workers may differ threefold and workflows seldom do, so that
    /// at the usual confidence most of what would be named were the workers' doing.
    /// </summary>
    public const double NamingConfidenceByTier = 0.998;

    /// <summary>Where only tiers were matched, each side needs this many workers.</summary>
    public const int FewestWorkers = 3;

    /// <summary>The rank test must point the same way at this level.</summary>
    public const double RankLevel = 0.10;

    /// <summary>Fewer matched jobs on either side never name anything.</summary>
    public const int FewestJobs = 4;

    private const double Power = 0.8;

    /// <summary>What one comparison by itself may be wrong in: 1 − <see cref="NamingConfidence"/>.</summary>
    public const double NamingLevel = 1 - NamingConfidence;

    /// <summary>
    /// The level where the moment that separates before from after was found in the figures that are compared: the largest
    /// of all the differences one could have found exceeds 3.3 standard errors by chance about twice in a hundred
    /// (Andrews 1993, table 1, one parameter).
    /// </summary>
    public const double FoundSplitLevel = 0.001;

    /// <summary>+1 where the other side is surely higher, −1 lower, 0 equal, null where the data is inconclusive.</summary>
    /// <param name="scale">What matters on its scale.</param>
    /// <param name="level">A direction is named where <see cref="NamingP"/> is at most this; see <see cref="FalseDiscovery"/> for several looked at together.</param>
    public static int? Direction(Effect effect, EffectScale scale, double level = NamingLevel)
    {
        if (NamingP(effect, scale) <= level)
            return Math.Sign(effect.Difference);
        return CanName(effect) && Math.Abs(effect.Difference) + effect.HalfWidth(Effect.ShownConfidence) <= scale.EquivalenceBand ? 0 : null;
    }

    /// <summary>
    /// How sure the direction is: the two-sided p of no effect, made larger for a rough look (standard error in bands of
    /// equality) and for one by tier alone, as such looks find only large differences, which are rare. 1 where a direction
    /// cannot be named at all: too few jobs or workers, less than matters, or ranks that disagree.
    /// </summary>
    public static double NamingP(Effect effect, EffectScale scale)
    {
        if (!CanName(effect) || Math.Abs(effect.Difference) < scale.LeastNamed)
            return 1;
        var byTier = effect.Matching == Matching.Tier;
        if (!byTier && (effect.RankSign != Math.Sign(effect.Difference) || effect.RankP >= RankLevel))
            return 1;
        var p = 2 * StudentT.CDF(0, 1, effect.DegreesOfFreedom, -Math.Abs(effect.Difference) / effect.StandardError);
        var confidence = byTier ? NamingConfidenceByTier : ConfidenceToName(effect.StandardError / scale.EquivalenceBand);
        return Math.Min(1, p * NamingLevel / (1 - confidence));
    }

    private static bool CanName(Effect effect) =>
        effect.HasInterval && effect.BaselineJobs >= FewestJobs && effect.OtherJobs >= FewestJobs
        && (effect.Matching != Matching.Tier || effect.FewestWorkers >= FewestWorkers);

    private static double ConfidenceToName(double roughness) => roughness switch
    {
        <= 2 => NamingConfidence,
        <= 3 => 0.995,
        _ => 0.999,
    };

    /// <summary>Of times: lower is faster.</summary>
    public static Verdict Speed(Effect effect, double level = NamingLevel) => From(Direction(effect, EffectScale.Log, level), lower: Verdict.Faster, higher: Verdict.Slower);

    /// <summary>Of scores: higher is better.</summary>
    public static Verdict Quality(Effect effect, EffectScale scale, double level = NamingLevel) => From(Direction(effect, scale, level), lower: Verdict.Worse, higher: Verdict.Better);

    /// <summary>Of VRAM: lower is better.</summary>
    public static Verdict Memory(Effect effect, double level = NamingLevel) => From(Direction(effect, EffectScale.Log, level), lower: Verdict.Better, higher: Verdict.Worse);

    private static Verdict From(int? direction, Verdict lower, Verdict higher) => direction switch
    {
        < 0 => lower,
        > 0 => higher,
        0 => Verdict.Equal,
        _ => Verdict.Inconclusive,
    };

    /// <summary>
    /// About how many more jobs of both sides together, mixed as before, would tell with 80 % probability if the effect
    /// is as estimated, to one or two digits; null where jobs alone would not decide (no interval, or strata differ too
    /// much), or more than a million would be needed.
    /// </summary>
    public static long? MoreJobs(Effect effect, EffectScale scale)
    {
        if (effect.Matching != Matching.TierAndWorker || !effect.HasInterval)
            return null;
        var size = Math.Abs(effect.Difference);
        var power = Normal.InvCDF(0, 1, Power);
        var toName = size >= scale.LeastNamed ? size / (Normal.InvCDF(0, 1, 0.5 + (NamingConfidence / 2)) + power) : 0;
        var toEqual = size < scale.EquivalenceBand ? (scale.EquivalenceBand - size) / (Normal.InvCDF(0, 1, 0.5 + (Effect.ShownConfidence / 2)) + power) : 0;
        var target = Math.Max(toName, toEqual);
        var irreducible = (effect.StandardError * effect.StandardError) - effect.ReducibleVariance;
        var room = (target * target) - irreducible;
        if (room <= 0)
            return null;
        var jobs = effect.BaselineJobs + effect.OtherJobs;
        var more = Math.Max((jobs * effect.ReducibleVariance / room) - jobs, Math.Max(1, jobs * 0.1));
        if (more > 1_000_000)
            return null;
        var step = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(more)) - (more < 100 ? 0 : 1)));
        return (long)(Math.Ceiling(more / step) * step);
    }
}
