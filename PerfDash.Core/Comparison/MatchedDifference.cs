namespace PerfDash.Core.Comparison;

/// <summary>A like-for-like difference as it is shown: in percent of the baseline, with its interval and what it rests on.</summary>
public sealed record MatchedDifference
{
    /// <summary>Other − baseline in percent of the baseline; null where nothing was matched, or the baseline's mean score is 0.</summary>
    public double? Percent { get; init; }

    /// <summary>
    /// Mean the baseline would have over the jobs of both sides that count: its own as they are, the other side's less the
    /// effect. In ms per frame, MB or points; null where nothing was matched. <see cref="Percent"/> is the difference between the two.
    /// </summary>
    public double? MatchedBaseline { get; init; }

    /// <summary>Mean the other side would have over the same jobs.</summary>
    public double? MatchedOther { get; init; }

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

    /// <summary>Whether warm runs were compared with warm and cold with cold, as the class of some runs is known.</summary>
    public bool ByClass { get; init; }

    /// <summary>Strata with jobs of both sides.</summary>
    public required int Strata { get; init; }

    /// <summary>Jobs of both sides in those strata.</summary>
    public required int MatchedJobs { get; init; }

    /// <summary>Jobs in tiers and workers that one side ran alone, which count through what that tier and worker come to elsewhere.</summary>
    public int UnpairedJobs { get; init; }

    /// <summary>Jobs of both sides that have the figure and no part in the difference.</summary>
    public required int LeftOutJobs { get; init; }

    /// <summary>About how many more jobs would decide; null where the verdict is not open, or jobs alone would not decide.</summary>
    public long? MoreJobsNeeded { get; init; }

    /// <summary>Of logarithms.</summary>
    public static MatchedDifference OfLogs(Effect effect, StratifiedValues baseline, StratifiedValues other, double level = VerdictRule.NamingLevel)
    {
        var half = effect.HalfWidth(Effect.ShownConfidence);
        // The other side's times, had the baseline made them, are shorter or longer by the factor of the effect.
        var mean = MeanOf(effect, baseline.Means(effect.Used, Math.Exp), other.Means(effect.Used, v => Math.Exp(v - effect.Difference)));
        return From(effect, EffectScale.Log, level) with
        {
            ByClass = baseline.HasClasses || other.HasClasses,
            Percent = Percents(effect.Difference),
            MatchedBaseline = mean,
            MatchedOther = mean is { } m ? Finite(m * Math.Exp(effect.Difference)) : null,
            IntervalLow = Percents(effect.Difference - half),
            IntervalHigh = Percents(effect.Difference + half),
        };

        double? Percents(double log) => Finite(100 * double.ExpM1(log));
    }

    /// <summary>Of scores; percent is of the baseline's matched mean.</summary>
    public static MatchedDifference OfScores(Effect effect, EffectScale scale, StratifiedValues baseline, StratifiedValues other, double level = VerdictRule.NamingLevel)
    {
        var half = effect.HalfWidth(Effect.ShownConfidence);
        var mean = MeanOf(effect, baseline.Means(effect.Used, v => v), other.Means(effect.Used, v => v - effect.Difference));
        return From(effect, scale, level) with
        {
            ByClass = baseline.HasClasses || other.HasClasses,
            Percent = Percents(effect.Difference),
            MatchedBaseline = mean,
            MatchedOther = mean is { } m ? Finite(m + effect.Difference) : null,
            IntervalLow = Percents(effect.Difference - half),
            IntervalHigh = Percents(effect.Difference + half),
            Points = Finite(effect.Difference),
            PointsLow = Finite(effect.Difference - half),
            PointsHigh = Finite(effect.Difference + half),
        };

        double? Percents(double points) => mean is null or 0 ? null : Finite(100 * points / Math.Abs(mean.Value));
    }

    private static double? MeanOf(Effect effect, (double Mean, int Count) baseline, (double Mean, int Count) other)
    {
        var count = baseline.Count + other.Count;
        return count == 0 || double.IsNaN(effect.Difference) ? null : Finite((baseline.Mean * baseline.Count / count) + (other.Mean * other.Count / count));
    }

    private static MatchedDifference From(Effect effect, EffectScale scale, double level) => new()
    {
        Matching = effect.Matching,
        Strata = effect.Strata,
        MatchedJobs = effect.BaselineJobs + effect.OtherJobs,
        UnpairedJobs = effect.UnpairedJobs,
        LeftOutJobs = effect.LeftOutJobs,
        MoreJobsNeeded = VerdictRule.Direction(effect, scale, level) is null ? VerdictRule.MoreJobs(effect, scale) : null,
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
