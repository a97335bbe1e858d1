using PerfDash.Core.Statistics;

namespace PerfDash.Core.Comparison;

/// <summary>The largest <see cref="VerdictRule.NamingP"/> at which a direction is named, for each figure of a comparison.</summary>
/// <param name="Speed">Time per frame.</param>
/// <param name="Quality">Quality as a whole.</param>
/// <param name="Vram">The VRAM peak.</param>
/// <param name="Scores">Each single score.</param>
/// <param name="Comparisons">Pairs looked at together.</param>
public sealed record NamingLevels(double Speed, double Quality, double Vram, double Scores, int Comparisons = 1)
{
    /// <summary>Of one pair by itself; its scores are controlled by <see cref="From"/>.</summary>
    public static NamingLevels OnePair { get; } = new(VerdictRule.NamingLevel, VerdictRule.NamingLevel, VerdictRule.NamingLevel, VerdictRule.NamingLevel);

    /// <summary>
    /// Of pairs looked at together: the false discovery rate is controlled for each figure over all pairs, for scores over
    /// all scores of all pairs.
    /// </summary>
    /// <param name="rate">Share of wrong ones among those named.</param>
    public static NamingLevels From(IReadOnlyCollection<SidePair> pairs, double rate = VerdictRule.NamingLevel) => new(
        FalseDiscovery.Level(pairs.Select(p => VerdictRule.NamingP(p.Speed, EffectScale.Log)), rate),
        FalseDiscovery.Level(pairs.Select(p => p.Quality.Overall is { } overall ? VerdictRule.NamingP(overall, p.Quality.OverallScale) : 1), rate),
        FalseDiscovery.Level(pairs.Select(p => VerdictRule.NamingP(p.Vram, EffectScale.Log)), rate),
        FalseDiscovery.Level(pairs.SelectMany(p => p.Quality.Scores.Values.Select(s => VerdictRule.NamingP(s.Effect, s.Scale))), rate),
        pairs.Count);
}
