namespace PerfDash.Core.Comparison;

/// <summary>Two sides compared with each other: the effects, and what they come to.</summary>
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

    /// <summary>What the other side is compared with.</summary>
    public Side Baseline { get; }

    /// <summary>What verdicts are about.</summary>
    public Side Other { get; }

    /// <summary>Effect on the logarithm of time per frame.</summary>
    public Effect Speed { get; }

    /// <summary>Effect on the logarithm of the VRAM peak.</summary>
    public Effect Vram { get; }

    /// <summary>Effects on scores.</summary>
    public QualityEffect Quality { get; }

    /// <summary>Whether warm runs are compared with warm and cold with cold, as the class of some runs is known.</summary>
    public bool HasClasses => Baseline.Sample.LogTimePerFrame.HasClasses || Other.Sample.LogTimePerFrame.HasClasses;

    /// <summary>How sure each verdict must be; stricter where several pairs are looked at together, or the split was found in the figures.</summary>
    public NamingLevels Levels { get; set; } = NamingLevels.OnePair;

    /// <summary>Whether the other side is faster.</summary>
    public Verdict SpeedVerdict => VerdictRule.Speed(Speed, Levels.Speed);

    /// <summary>Whether it is better.</summary>
    public Verdict QualityVerdict => Quality.Verdict(Levels.Quality);

    public MatchedDifference MatchedTime => MatchedDifference.OfLogs(Speed, Baseline.Sample.LogTimePerFrame, Other.Sample.LogTimePerFrame, Levels.Speed);

    /// <summary>The VRAM peak as it is shown.</summary>
    public MatchedDifference MatchedVram => MatchedDifference.OfLogs(Vram, Baseline.Sample.LogVram, Other.Sample.LogVram, Levels.Vram);

    /// <summary>MB by which the other side surely needs more VRAM (negative: less), like for like; null where that is not sure or less than 100 MB.</summary>
    public double? VramChangeMb
    {
        get
        {
            if (VerdictRule.Direction(Vram, EffectScale.Log, Levels.Vram) is not (1 or -1))
                return null;
            var matched = MatchedVram;
            return matched.MatchedOther - matched.MatchedBaseline is { } change && Math.Abs(change) >= 100 ? change : null;
        }
    }

    /// <summary>Difference of the mean times per frame in percent of the baseline's, whatever the mix; null where either is missing or the baseline's is 0.</summary>
    public double? PlainTimePerFramePercent => Percent(Baseline.Summary.AvgTimePerFrameMs, Other.Summary.AvgTimePerFrameMs);

    /// <summary>(other − baseline) ÷ |baseline| × 100; null where that is not a number.</summary>
    public static double? Percent(double? baseline, double? other) =>
        baseline is { } b && other is { } o && b != 0 ? (o - b) / Math.Abs(b) * 100 : null;

    /// <summary>A score both have, as it is shown.</summary>
    public MatchedDifference MatchedScore(string name)
    {
        var (effect, scale) = Quality.Scores[name];
        return MatchedDifference.OfScores(effect, scale, Baseline.Sample.Scores[name], Other.Sample.Scores[name], Levels.Scores);
    }

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
        VramVerdict = VerdictRule.Memory(Vram, Levels.Vram),
        ScoreVerdicts = Quality.Scores.ToDictionary(s => s.Key, s => VerdictRule.Quality(s.Value.Effect, s.Value.Scale, Levels.Scores), StringComparer.Ordinal),
        LikeForLike = new LikeForLike
        {
            TimePerFrame = MatchedTime,
            Vram = MatchedVram,
            Quality = Quality.Scores.Keys.ToDictionary(name => name, MatchedScore, StringComparer.Ordinal),
        },
        StageAttribution = StageAttribution.From(Baseline.Stages, Other.Stages),
    };
}
