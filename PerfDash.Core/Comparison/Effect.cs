using MathNet.Numerics.Distributions;

namespace PerfDash.Core.Comparison;

/// <summary>What jobs were matched by.</summary>
public enum Matching
{
    /// <summary>Same resolution tier on the same worker.</summary>
    TierAndWorker,

    /// <summary>Same tier only: no worker ran both sides in a common tier. Workers count as the units then, not jobs.</summary>
    Tier,

    /// <summary>Nothing could be matched.</summary>
    None,
}

/// <summary>
/// A like-for-like difference, other − baseline, on the scale it was estimated on (logarithms for times and VRAM, points
/// for scores).
/// </summary>
public sealed record Effect
{
    /// <summary>Confidence of the interval that is shown.</summary>
    public const double ShownConfidence = 0.95;

    /// <summary>Nothing could be matched.</summary>
    public static Effect Nothing(int jobs) => new() { Matching = Matching.None, LeftOutJobs = jobs };

    public required Matching Matching { get; init; }

    /// <summary>The difference; NaN where nothing was matched.</summary>
    public double Difference { get; init; } = double.NaN;

    /// <summary>Its standard error; infinite where the data is inconclusive it.</summary>
    public double StandardError { get; init; } = double.PositiveInfinity;

    /// <summary>Degrees of freedom of the t distribution the interval rests on.</summary>
    public double DegreesOfFreedom { get; init; }

    /// <summary>The part of the squared standard error that more jobs of the same kind would reduce.</summary>
    public double ReducibleVariance { get; init; }

    /// <summary>Two-sided p of the stratified rank test; 1 where it could not be made.</summary>
    public double RankP { get; init; } = 1;

    /// <summary>Sign of the rank test's statistic: +1 where the other side's values rank higher.</summary>
    public int RankSign { get; init; }

    /// <summary>Baseline's jobs that were matched.</summary>
    public int BaselineJobs { get; init; }

    /// <summary>The other side's jobs that were matched.</summary>
    public int OtherJobs { get; init; }

    /// <summary>Jobs where only one side ran, which count through what their tier and worker come to elsewhere.</summary>
    public int UnpairedJobs { get; init; }

    /// <summary>Jobs of both sides that have no part in the effect.</summary>
    public int LeftOutJobs { get; init; }

    /// <summary>Where the jobs that count ran; empty where nothing was matched.</summary>
    public IReadOnlySet<Stratum> Used { get; init; } = new HashSet<Stratum>();

    /// <summary>Strata with jobs of both sides (tiers, where only tiers were matched).</summary>
    public int Strata { get; init; }

    /// <summary>True where jobs of one tier and worker all have the same value on both sides: the spread is then an assumed one.</summary>
    public bool IsConstant { get; init; }

    /// <summary>Workers on the side that has fewer, where only tiers were matched.</summary>
    public int FewestWorkers { get; init; }

    /// <summary>True when there is an interval.</summary>
    public bool HasInterval => double.IsFinite(Difference) && double.IsFinite(StandardError) && DegreesOfFreedom >= 1;

    /// <summary>Half the width of the interval at a confidence such as 0.95; infinite without one.</summary>
    public double HalfWidth(double confidence) =>
        HasInterval ? StudentT.InvCDF(0, 1, DegreesOfFreedom, 0.5 + (confidence / 2)) * StandardError : double.PositiveInfinity;
}
