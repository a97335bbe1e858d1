using System.Globalization;
using PerfDash.Core.Comparison;

namespace PerfDash.Tests.Comparison;

/// <summary>Counts verdicts on generated pairs against their truth.</summary>
internal sealed class PairTally
{
    private readonly SortedDictionary<string, int[]> _rows = new(StringComparer.Ordinal);

    public int Named { get; private set; }

    public int NamedRightly { get; private set; }

    public int Nulls { get; private set; }

    public int NullsNamed { get; private set; }

    public double ShareRight => (double)NamedRightly / Named;

    /// <summary>Pairs whose 95 % interval holds the truth ÷ pairs with an interval.</summary>
    public double Coverage => (double)_covered / _intervals;

    private int _covered;
    private int _intervals;

    public double ShareNamed(string row) => (double)(_rows[row][1] + _rows[row][2]) / _rows[row][0];

    /// <summary>Counts a verdict: <paramref name="direction"/> is what was named (+1, −1), 0 for equal, null for inconclusive.</summary>
    public void Add(string row, double truth, int? direction, Effect effect)
    {
        if (!_rows.TryGetValue(row, out var counts))
            _rows[row] = counts = new int[5];
        counts[0]++;
        Nulls += truth == 0 ? 1 : 0;
        if (direction is 1 or -1)
        {
            Named++;
            var right = truth != 0 && direction == Math.Sign(truth);
            NamedRightly += right ? 1 : 0;
            NullsNamed += truth == 0 ? 1 : 0;
            counts[right ? 1 : 2]++;
        }
        else
        {
            counts[direction == 0 ? 3 : 4]++;
        }

        if (effect.HasInterval)
        {
            _intervals++;
            _covered += Math.Abs(effect.Difference - truth) <= effect.HalfWidth(Effect.ShownConfidence) ? 1 : 0;
        }
    }

    public string Table(string title)
    {
        var lines = _rows.Select(row => string.Create(CultureInfo.InvariantCulture,
            $"| {row.Key,-22} | {row.Value[0],6} | {row.Value[1],6} | {row.Value[2],6} | {row.Value[3],6} | {row.Value[4],6} |"));
        return string.Create(CultureInfo.InvariantCulture, $"""
            {title}
            | true difference        |  pairs |  right |  wrong |  equal |   open |
            |------------------------|-------:|-------:|-------:|-------:|-------:|
            {string.Join('\n', lines)}
            named rightly {100 * ShareRight:0.00} % of {Named}; of {Nulls} alike, {NullsNamed} named; 95 % interval holds the truth in {100 * Coverage:0.0} %

            """);
    }

    public static string Row(double size) => size switch
    {
        0 => "0",
        < 0.05 => "2 to 5 %",
        < 0.10 => "5 to 10 %",
        _ => "from 10 %",
    };

    public static string ScoreRow(double size) => size switch
    {
        0 => "0",
        < 0.02 => "0.005 to 0.02",
        < 0.04 => "0.02 to 0.04",
        _ => "from 0.04",
    };

    /// <summary>Speed, quality, and speed of pairs with 150 jobs each and a difference of 10 % or more.</summary>
    public static (PairTally Speed, PairTally Quality, PairTally Power) From(int firstSeed, int pairs)
    {
        PairTally speed = new(), quality = new(), power = new();
        for (var seed = firstSeed; seed < firstSeed + pairs; seed++)
        {
            var pair = new GeneratedPair(seed);
            var effect = EffectEstimator.Estimate(pair.Baseline.LogTimePerFrame, pair.Other.LogTimePerFrame, EffectScale.Log);
            speed.Add((pair.Apart ? "never on one worker " : "") + Row(Math.Abs(pair.SpeedEffect)), Math.Log(1 + pair.SpeedEffect), VerdictRule.Direction(effect, EffectScale.Log), effect);
            var scores = QualityEffect.Estimate(pair.Baseline, pair.Other);
            quality.Add(ScoreRow(Math.Abs(pair.ScoreEffect)), pair.ScoreEffect, VerdictRule.Direction(scores.Overall!, scores.OverallScale), scores.Overall!);

            var large = new GeneratedPair(seed, 150, 0.10);
            var effectOfLarge = EffectEstimator.Estimate(large.Baseline.LogTimePerFrame, large.Other.LogTimePerFrame, EffectScale.Log);
            power.Add(Row(Math.Abs(large.SpeedEffect)), Math.Log(1 + large.SpeedEffect), VerdictRule.Direction(effectOfLarge, EffectScale.Log), effectOfLarge);
        }

        return (speed, quality, power);
    }
}
