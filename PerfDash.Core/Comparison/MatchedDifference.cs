namespace PerfDash.Core.Comparison;

/// <summary>A like-for-like difference as it is shown: in percent of the baseline, with its interval and what it rests on.</summary>
public sealed record MatchedDifference
{
    /// <summary>Other − baseline in percent of the baseline; null where nothing was matched, or the baseline's mean score is 0.</summary>
    public double? Percent { get; init; }

    /// <summary>Lower end of the interval, percent; null where there is no interval.</summary>
    public double? IntervalLow { get; init; }

    /// <summary>Upper end, percent.</summary>
    public double? IntervalHigh { get; init; }

    /// <summary>The difference in points of the score; null for times and VRAM.</summary>
    public double? Points { get; init; }

    /// <summary>Lower end of the interval in points.</summary>
    public double? PointsLow { get; init; }

    /// <summary>Upper end in points.</summary>
    public double? PointsHigh { get; init; }

    /// <summary>Confidence of the interval.</summary>
    public double Confidence { get; init; } = Effect.ShownConfidence;

    /// <summary>What jobs were matched by.</summary>
    public required Matching Matching { get; init; }

    /// <summary>Strata with jobs of both sides.</summary>
    public required int Strata { get; init; }

    /// <summary>Jobs of both sides in those strata.</summary>
    public required int MatchedJobs { get; init; }

    /// <summary>Jobs of both sides that have the figure and no counterpart.</summary>
    public required int LeftOutJobs { get; init; }

    /// <summary>About how many more jobs would tell; null where the verdict is not open, or jobs alone would not tell.</summary>
    public long? MoreJobsNeeded { get; init; }

    /// <summary>Of logarithms.</summary>
    public static MatchedDifference OfLogs(Effect effect)
    {
        var half = effect.HalfWidth(Effect.ShownConfidence);
        return Of(effect, EffectScale.Log) with
        {
            Percent = Percents(effect.Difference),
            IntervalLow = Percents(effect.Difference - half),
            IntervalHigh = Percents(effect.Difference + half),
        };

        double? Percents(double log) => Finite(100 * double.ExpM1(log));
    }

    /// <summary>Of scores; percent is of <paramref name="baselineMean"/>.</summary>
    public static MatchedDifference OfScores(Effect effect, EffectScale scale, double baselineMean)
    {
        var half = effect.HalfWidth(Effect.ShownConfidence);
        return Of(effect, scale) with
        {
            Percent = Percents(effect.Difference),
            IntervalLow = Percents(effect.Difference - half),
            IntervalHigh = Percents(effect.Difference + half),
            Points = Finite(effect.Difference),
            PointsLow = Finite(effect.Difference - half),
            PointsHigh = Finite(effect.Difference + half),
        };

        double? Percents(double points) => baselineMean == 0 ? null : Finite(100 * points / Math.Abs(baselineMean));
    }

    private static MatchedDifference Of(Effect effect, EffectScale scale) => new()
    {
        Matching = effect.Matching,
        Strata = effect.Strata,
        MatchedJobs = effect.BaselineJobs + effect.OtherJobs,
        LeftOutJobs = effect.LeftOutJobs,
        MoreJobsNeeded = Judge.Direction(effect, scale) is null ? Judge.MoreJobs(effect, scale) : null,
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>The differences among jobs that are alike.</summary>
public sealed record LikeForLike
{
    /// <summary>Of the time per frame.</summary>
    public required MatchedDifference TimePerFrame { get; init; }

    /// <summary>Of the VRAM peak.</summary>
    public required MatchedDifference Vram { get; init; }

    /// <summary>Of every score both sides have.</summary>
    public required IReadOnlyDictionary<string, MatchedDifference> Quality { get; init; }
}
