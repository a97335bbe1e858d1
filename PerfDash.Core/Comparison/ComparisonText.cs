using System.Globalization;
using PerfDash.Core.Metrics;

namespace PerfDash.Core.Comparison;

/// <summary>Puts a comparison into sentences: names, units people read, what is sure and what is not.</summary>
public static class ComparisonText
{
    /// <summary>The whole comparison of a pair.</summary>
    public static string Describe(SidePair pair) => string.Join(' ', Sentences(pair));

    /// <summary>The whole comparison of a pair, sentence by sentence: the verdict on speed first.</summary>
    public static IReadOnlyList<string> Sentences(SidePair pair)
    {
        List<string> sentences = [];
        var (speed, quality) = (Speed(pair), Quality(pair));
        if (pair.SpeedVerdict == Verdict.Inconclusive)
        {
            sentences.Add(Unsure($"whether {pair.Other.Name} or {pair.Baseline.Name} is faster per frame", pair.Speed, EffectScale.Log, FasterSlower));
            if (quality is not null)
                sentences.Add($"{pair.Other.Name} has {quality} {Than(pair)}");
            if (Vram(pair) is { } vram)
                sentences.Add($"{pair.Other.Name} {vram} {Than(pair)}");
        }
        else
        {
            var joined = quality is null ? "" : (pair.SpeedVerdict, pair.QualityVerdict) switch
            {
                (Verdict.Faster, Verdict.Worse) or (Verdict.Slower, Verdict.Better) => $", but has {quality}",
                _ => $" with {quality}",
            };
            sentences.Add(speed + joined + (Vram(pair) is { } vram ? $", and {vram}" : ""));
        }

        if (pair.QualityVerdict == Verdict.Inconclusive)
            sentences.Add(UnsureOfQuality(pair));
        sentences.AddRange(Contradictions(pair));
        if (Basis(pair) is { } basis)
            sentences.Add(basis);
        return [.. sentences.Select(s => char.ToUpperInvariant(s[0]) + s[1..] + ".")];
    }

    /// <summary>A sentence for each pull between speed, quality, VRAM and cost.</summary>
    public static IEnumerable<string> TradeOffs(SidePair pair)
    {
        var start = Speed(pair);
        var quality = Quality(pair);
        var vram = pair.VramChangeMb;
        if (pair.SpeedVerdict is Verdict.Faster or Verdict.Slower)
        {
            if (pair is { SpeedVerdict: Verdict.Faster, QualityVerdict: Verdict.Worse } or { SpeedVerdict: Verdict.Slower, QualityVerdict: Verdict.Better })
                yield return $"{start}, but has {quality}.";
            if (vram is not null && vram > 0 == (pair.SpeedVerdict == Verdict.Faster))
                yield return $"{start}, but {Vram(pair)}.";
            if (Cost(pair) is { } cost && cost > 0 == (pair.SpeedVerdict == Verdict.Faster))
                yield return $"{start}, but a frame costs {PercentOf(cost)} {(cost > 0 ? "more" : "less")} on the workers used.";
        }

        if (vram is not null && pair.QualityVerdict is Verdict.Better or Verdict.Worse && vram > 0 == (pair.QualityVerdict == Verdict.Better))
            yield return $"{pair.Other.Name} has {quality} {Than(pair)}, but {Vram(pair)}.";
    }

    /// <summary>Percent without sign: whole from 10, one decimal below.</summary>
    public static string PercentOf(double percent) => Number(percent) + " %";

    private static string Speed(SidePair pair)
    {
        var difference = MatchedDifference.OfLogs(pair.Speed);
        return pair.SpeedVerdict switch
        {
            Verdict.Faster => $"{pair.Other.Name} is {PercentOf(difference.Percent!.Value)} faster per frame {Than(pair)} (95 % interval {Number(difference.IntervalHigh!.Value)}–{PercentOf(difference.IntervalLow!.Value)})",
            Verdict.Slower => $"{pair.Other.Name} is {PercentOf(difference.Percent!.Value)} slower per frame {Than(pair)} (95 % interval {Number(difference.IntervalLow!.Value)}–{PercentOf(difference.IntervalHigh!.Value)})",
            _ => $"{pair.Other.Name} is as fast per frame as {pair.Baseline.Name} (95 % interval {FasterSlower(pair.Speed)})",
        };
    }

    private static string? Quality(SidePair pair)
    {
        if (pair.Quality.Overall is not { } effect)
            return null;
        var name = pair.Quality.DecidedBy is { } score ? Readable(score) : "quality on average";
        if (pair.QualityVerdict == Verdict.Equal)
            return $"equal {name}";
        if (pair.QualityVerdict == Verdict.Inconclusive)
            return null;
        var direction = pair.QualityVerdict == Verdict.Better ? "higher" : "lower";
        return pair.Quality.DecidedBy is { } decisive
            && MatchedDifference.OfScores(effect, pair.Quality.OverallScale, pair.Baseline.Sample.Scores[decisive].Mean()) is { Percent: { } percent }
            ? $"{PercentOf(percent)} {direction} {name} ({Signed(effect.Difference)} points, 95 % interval {Points(effect)})"
            : $"{direction} {name}";
    }

    private static string? Vram(SidePair pair) => pair.VramChangeMb is { } change
        ? $"needs {Memory(Math.Abs(change))} {(change > 0 ? "more" : "less")} VRAM"
        : null;

    private static string UnsureOfQuality(SidePair pair)
    {
        if (pair.Quality.Overall is not { } effect)
            return "quality cannot be compared: no score has data on both sides";
        var name = pair.Quality.DecidedBy is { } score ? Readable(score) : "quality on average";
        return Unsure($"which has the higher {name}", effect, pair.Quality.OverallScale, Points);
    }

    private static string Unsure(string what, Effect effect, EffectScale scale, Func<Effect, string> interval)
    {
        var start = $"inconclusive {what}: ";
        if (effect.Matching == Matching.None)
            return start + "they have no jobs in the same resolution tier";
        if (effect.Matching == Matching.Tier && effect.FewestWorkers < Judge.FewestWorkers)
            return start + $"no worker ran both in a common tier, and with fewer than {Judge.FewestWorkers} workers on a side the difference may come from the workers";
        if (effect.Matching == Matching.Tier)
            return start + $"no worker ran both in a common tier; allowing for differences between workers, the 95 % interval is {interval(effect)}";
        if (!effect.HasInterval || Math.Min(effect.BaselineJobs, effect.OtherJobs) < Judge.FewestJobs)
            return start + $"only {Count(effect.BaselineJobs, "job")} and {Count(effect.OtherJobs, "job")} have the same tier and worker";
        return start + $"the 95 % interval is {interval(effect)}; " + (Judge.MoreJobs(effect, scale) is { } more
            ? $"about {more.ToString("N0", CultureInfo.InvariantCulture)} more jobs needed"
            : "more jobs alone would not help, because the difference varies between tiers and workers or is too small to matter");
    }

    /// <summary>Says where the plain means and the like-for-like effect point to different sides.</summary>
    private static IEnumerable<string> Contradictions(SidePair pair)
    {
        const string why = "because the two ran on different mixes of tiers and workers";
        if (pair.PlainTimePerFramePercent is { } plain)
        {
            var word = plain > 0 ? "slower" : "faster";
            if ((pair.SpeedVerdict == Verdict.Faster && plain > 1) || (pair.SpeedVerdict == Verdict.Slower && plain < -1))
                yield return $"the plain averages show {PercentOf(plain)} {word}, {why}; the verdict compares like with like";
            else if (pair.SpeedVerdict == Verdict.Equal && Math.Abs(plain) > 5)
                yield return $"the plain averages differ by {PercentOf(plain)} only {why}";
        }

        if (pair.Quality.DecidedBy is { } score
            && pair.Baseline.Summary.Quality.TryGetValue(score, out var a) && pair.Other.Summary.Quality.TryGetValue(score, out var b)
            && ((pair.QualityVerdict == Verdict.Better && b < a) || (pair.QualityVerdict == Verdict.Worse && b > a)))
        {
            yield return $"the plain average of {Readable(score)} is {(b > a ? "higher" : "lower")}, {why}";
        }
    }

    private static string? Basis(SidePair pair)
    {
        var effect = pair.Speed;
        if (effect.Matching == Matching.None)
            return null;
        var jobs = Count(effect.BaselineJobs + effect.OtherJobs, "job");
        var left = effect.LeftOutJobs > 0 ? $"; {effect.LeftOutJobs.ToString("N0", CultureInfo.InvariantCulture)} without a match excluded" : "";
        var sample = Math.Max(pair.Baseline.Sample.Step, pair.Other.Sample.Step) > 1 ? " of a sample" : "";
        return effect.Matching == Matching.Tier
            ? $"workers do not overlap, so jobs were matched by tier alone ({jobs}{sample} in {Count(effect.Strata, "tier")}{left})"
            : $"compared like with like: {jobs}{sample} in {Count(effect.Strata, "pair")} of tier and worker{left}";
    }

    /// <summary>Difference of the cost of a frame in percent; null where either is unknown or it is below 3 %.</summary>
    private static double? Cost(SidePair pair) =>
        SidePair.Percent((double?)pair.Baseline.Summary.CostPerFrame, (double?)pair.Other.Summary.CostPerFrame) is { } cost && Math.Abs(cost) >= 3 ? cost : null;

    private static string FasterSlower(Effect effect)
    {
        var difference = MatchedDifference.OfLogs(effect);
        // A hopelessly wide interval has no upper end that a number could say.
        return (difference.IntervalLow, difference.IntervalHigh) is ({ } low, { } high) ? $"{Word(low)} to {Word(high)}" : "unbounded";

        static string Word(double percent) => PercentOf(percent) + (percent < 0 ? " faster" : " slower");
    }

    private static string Points(Effect effect)
    {
        var half = effect.HalfWidth(Effect.ShownConfidence);
        return $"{Signed(effect.Difference - half)} to {Signed(effect.Difference + half)}";
    }

    private static string Than(SidePair pair) => $"than {pair.Baseline.Name}";

    private static string Readable(string score) => DisplayName.InSentence(score);

    private static string Count(int count, string noun) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {noun}{(count == 1 ? "" : "s")}";

    private static string Memory(double mb) => mb < 1024
        ? string.Create(CultureInfo.InvariantCulture, $"{mb:0} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{mb / 1024:0.0} GB");

    private static string Number(double percent) => Math.Abs(percent) switch
    {
        >= 1000 => "over 1,000",
        >= 9.95 and var size => size.ToString("0", CultureInfo.InvariantCulture),
        var size => size.ToString("0.0", CultureInfo.InvariantCulture),
    };

    private static string Signed(double points) =>
        (points < 0 ? "−" : "+") + Math.Abs(points).ToString(Math.Abs(points) >= 10 ? "0" : Math.Abs(points) >= 1 ? "0.0" : "0.000", CultureInfo.InvariantCulture);
}
