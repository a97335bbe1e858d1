namespace PerfDash.Core.Comparison;

/// <summary>The scores of two sides compared with each other, and what follows for quality as a whole.</summary>
public sealed record QualityEffect
{
    /// <summary>The score that decides where both sides have it.</summary>
    public const string LeadingScore = "likeness";

    /// <summary>Effect of each shared score in its own points, with its scale.</summary>
    public required IReadOnlyDictionary<string, (Effect Effect, EffectScale Scale)> Scores { get; init; }

    /// <summary>What the verdict rests on: a score's name, or null for the mean over all shared scores.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>The effect the verdict rests on; null where no score is shared.</summary>
    public Effect? Overall { get; init; }

    public EffectScale OverallScale { get; init; } = EffectScale.ForScore(1);

    /// <summary>Better, worse, equal or inconclusive, where a direction is named at <paramref name="level"/>.</summary>
    public Verdict Verdict(double level = VerdictRule.NamingLevel) => Overall is { } overall ? VerdictRule.Quality(overall, OverallScale, level) : Comparison.Verdict.Inconclusive;

    /// <summary>Compares every score both sides have.</summary>
    public static QualityEffect Estimate(JobSample baseline, JobSample other)
    {
        var scores = baseline.Scores.Keys.Where(other.Scores.ContainsKey).Order(StringComparer.Ordinal).ToDictionary(
            name => name,
            name =>
            {
                var scale = EffectScale.ForScore(Math.Max(baseline.LargestScores[name], other.LargestScores[name]));
                return (EffectEstimator.Estimate(baseline.Scores[name], other.Scores[name], scale), scale);
            },
            StringComparer.Ordinal);
        if (scores.Count == 0)
            return new QualityEffect { Scores = scores };
        if (scores.TryGetValue(LeadingScore, out var leading))
            return new QualityEffect { Scores = scores, DecidedBy = LeadingScore, Overall = leading.Item1, OverallScale = leading.scale };
        return scores.Count == 1
            ? new QualityEffect { Scores = scores, DecidedBy = scores.Keys.Single(), Overall = scores.Values.Single().Item1, OverallScale = scores.Values.Single().scale }
            : new QualityEffect { Scores = scores, Overall = Mean([.. scores.Values]) };
    }

    /// <summary>
    /// The mean of the effects, each in parts of its scale. Scores of one job go together; the standard error is that of
    /// scores that go together perfectly, the largest it can be.
    /// </summary>
    private static Effect Mean((Effect Effect, EffectScale Scale)[] scores)
    {
        var unit = EffectScale.ForScore(1);
        var usable = scores.Where(s => s.Effect.HasInterval)
            .Select(s => (s.Effect, Factor: unit.EquivalenceBand / s.Scale.EquivalenceBand)).ToArray();
        if (usable.Length < scores.Length)
            return scores.First(s => !s.Effect.HasInterval).Effect;
        var difference = usable.Average(s => s.Effect.Difference * s.Factor);
        var error = usable.Average(s => s.Effect.StandardError * s.Factor);
        // The surest of the scores that point the common way speaks for the ranks.
        var agreeing = usable.Where(s => s.Effect.RankSign == Math.Sign(difference)).ToArray();
        var first = usable.MinBy(s => s.Effect.BaselineJobs + s.Effect.OtherJobs).Effect;
        return first with
        {
            Difference = difference,
            StandardError = error,
            DegreesOfFreedom = usable.Min(s => s.Effect.DegreesOfFreedom),
            ReducibleVariance = error * error * usable.Min(s => s.Effect.ReducibleVariance / (s.Effect.StandardError * s.Effect.StandardError)),
            RankSign = agreeing.Length == 0 ? 0 : Math.Sign(difference),
            RankP = agreeing.Length == 0 ? 1 : agreeing.Min(s => s.Effect.RankP),
        };
    }
}
