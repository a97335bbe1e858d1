namespace PerfDash.Core.Comparison;

/// <summary>Two sides held against each other: the effects, and what they come to.</summary>
public sealed class SidePair
{
    /// <summary>Estimates everything that sentences and verdicts are made of.</summary>
    public SidePair(Side baseline, Side other)
    {
        Baseline = baseline;
        Other = other;
        Speed = EffectEstimator.Estimate(baseline.Sample.LogTimePerFrame, other.Sample.LogTimePerFrame, EffectScale.Log);
        Vram = EffectEstimator.Estimate(baseline.Sample.LogVram, other.Sample.LogVram, EffectScale.Log);
        Quality = QualityEffect.Estimate(baseline.Sample, other.Sample);
    }

    /// <summary>What the other side is held against.</summary>
    public Side Baseline { get; }

    /// <summary>What verdicts are about.</summary>
    public Side Other { get; }

    /// <summary>Effect on the logarithm of time per frame.</summary>
    public Effect Speed { get; }

    /// <summary>Effect on the logarithm of the VRAM peak.</summary>
    public Effect Vram { get; }

    /// <summary>Effects on scores.</summary>
    public QualityEffect Quality { get; }

    /// <summary>Whether the other side is faster.</summary>
    public Verdict SpeedVerdict => Judge.Speed(Speed);

    /// <summary>Whether it is better.</summary>
    public Verdict QualityVerdict => Quality.Verdict;

    /// <summary>MB by which the other side surely needs more VRAM (negative: less), like for like; null where that is not sure or less than 100 MB.</summary>
    public double? VramChangeMb
    {
        get
        {
            if (Judge.Direction(Vram, EffectScale.Log) is not (1 or -1))
                return null;
            var change = Math.Exp(Baseline.Sample.LogVram.Mean()) * double.ExpM1(Vram.Difference);
            return Math.Abs(change) >= 100 ? change : null;
        }
    }

    /// <summary>Difference of the mean times per frame in percent of the baseline's, whatever the mix; null where either is missing or the baseline's is 0.</summary>
    public double? PlainTimePerFramePercent => Percent(Baseline.Summary.AvgTimePerFrameMs, Other.Summary.AvgTimePerFrameMs);

    /// <summary>(other − baseline) ÷ |baseline| × 100; null where that is not a number.</summary>
    public static double? Percent(double? baseline, double? other) =>
        baseline is { } b && other is { } o && b != 0 ? (o - b) / Math.Abs(b) * 100 : null;

    /// <summary>The answer about this pair.</summary>
    public WorkflowDifference ToDifference() => new()
    {
        BaselineWorkflowId = Baseline.Summary.WorkflowId,
        WorkflowId = Other.Summary.WorkflowId,
        TimePerFramePercent = PlainTimePerFramePercent,
        GpuTimePercent = Percent(Baseline.Summary.AvgGpuTimeMs, Other.Summary.AvgGpuTimeMs),
        VramPercent = Percent(Baseline.Summary.AvgVramPeakMb, Other.Summary.AvgVramPeakMb),
        QualityPercent = Baseline.Summary.Quality.Where(q => Other.Summary.Quality.ContainsKey(q.Key))
            .ToDictionary(q => q.Key, q => Percent(q.Value, Other.Summary.Quality[q.Key]), StringComparer.Ordinal),
        SpeedVerdict = SpeedVerdict,
        QualityVerdict = QualityVerdict,
        Text = ComparisonText.Describe(this),
        Sentences = ComparisonText.Sentences(this),
        QualityDecidedBy = Quality.DecidedBy,
        LikeForLike = new LikeForLike
        {
            TimePerFrame = MatchedDifference.OfLogs(Speed),
            Vram = MatchedDifference.OfLogs(Vram),
            Quality = Quality.Scores.ToDictionary(
                s => s.Key,
                s => MatchedDifference.OfScores(s.Value.Effect, s.Value.Scale, Baseline.Sample.Scores[s.Key].Mean()),
                StringComparer.Ordinal),
        },
        StageAttribution = StageAttribution.Of(Baseline.Stages, Other.Stages),
    };
}
