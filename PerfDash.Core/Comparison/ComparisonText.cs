using System.Globalization;

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
            sentences.Add(Unsure($"whether {pair.Other.Name} or {pair.Baseline.Name} is faster per frame", pair, pair.Speed, EffectScale.Log, pair.Levels.Speed, _ => FasterSlower(pair), NoTimes(pair)));
            if (quality is not null)
                sentences.Add(pair.QualityVerdict == Verdict.Equal ? $"{pair.Other.Name} and {pair.Baseline.Name} have {quality}" : $"{pair.Other.Name} has {quality} {Than(pair)}");
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
        if (pair.Speed.IsConstant && pair.Speed.HasInterval)
            sentences.Add($"all jobs of a tier and worker took the same time per frame, so a spread of {100 * EffectScale.Log.LeastSpread:0} % between jobs is assumed");
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
        var difference = pair.MatchedTime;
        return pair.SpeedVerdict switch
        {
            Verdict.Faster => $"{pair.Other.Name} is {PercentOf(difference.Percent!.Value)} faster per frame {Than(pair)} (95 % interval {Number(difference.IntervalHigh!.Value)}–{PercentOf(difference.IntervalLow!.Value)})",
            Verdict.Slower => $"{pair.Other.Name} is {PercentOf(difference.Percent!.Value)} slower per frame {Than(pair)} (95 % interval {Number(difference.IntervalLow!.Value)}–{PercentOf(difference.IntervalHigh!.Value)})",
            _ => $"{pair.Other.Name} is as fast per frame as {pair.Baseline.Name} (95 % interval {FasterSlower(pair)})",
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
            && pair.MatchedScore(decisive) is { Percent: { } percent }
            ? $"{PercentOf(percent)} {direction} {name} ({Signed(effect.Difference)} points, 95 % interval {Points(effect)})"
            : $"{direction} {name}";
    }

    private static string? Vram(SidePair pair) => pair.VramChangeMb is { } change
        ? $"needs {Memory(Math.Abs(change))} {(change > 0 ? "more" : "less")} VRAM"
        : null;

    private static string UnsureOfQuality(SidePair pair)
    {
        if (pair.Quality.Overall is not { } effect)
            return "quality cannot be compared: " + NoScores(pair);
        var name = pair.Quality.DecidedBy is { } score ? Readable(score) : "quality on average";
        return Unsure($"which has the higher {name}", pair, effect, pair.Quality.OverallScale, pair.Levels.Quality, Points, null);
    }

    /// <summary>Why there are no times to compare; null where both sides have some.</summary>
    private static string? NoTimes(SidePair pair)
    {
        var (a, b) = (pair.Baseline.Sample, pair.Other.Sample);
        if (a.JobCount > 0 && b.JobCount > 0 && a.LogTimePerFrame.Count == 0 && b.LogTimePerFrame.Count == 0 && a.ZeroTimes > 0 && b.ZeroTimes > 0)
            return "every time per frame is 0 on both sides, and times are compared as ratios";
        return None(pair.Baseline) ?? None(pair.Other);

        static string? None(Side side) => side.Sample switch
        {
            { JobCount: 0 } => $"there are no jobs of {side.Name} to compare",
            { LogTimePerFrame.Count: > 0 } => null,
            { ZeroTimes: > 0 } => $"every time per frame of {side.Name} is 0, and times are compared as ratios",
            _ => $"no job of {side.Name} reports a time per frame",
        };
    }

    private static string NoScores(SidePair pair) => (pair.Baseline.Sample.Scores.Count, pair.Other.Sample.Scores.Count) switch
    {
        (0, 0) => "no job reports a score",
        (0, _) => $"no job of {pair.Baseline.Name} reports a score",
        (_, 0) => $"no job of {pair.Other.Name} reports a score",
        _ => "the two report no score of the same name",
    };

    private static string Unsure(
        string what, SidePair pair, Effect effect, EffectScale scale, double level, Func<Effect, string> interval, string? noValues)
    {
        var start = $"inconclusive {what}: ";
        if (noValues is not null)
            return start + noValues;
        if (effect.Matching == Matching.None)
            return start + "they have no jobs in the same resolution tier" + (pair.HasClasses ? " and run class" : "");
        if (effect.Matching == Matching.Tier && effect.FewestWorkers < VerdictRule.FewestWorkers)
            return start + $"no worker ran both in a common tier, and with fewer than {VerdictRule.FewestWorkers} workers on a side the difference may come from the workers";
        if (effect.Matching == Matching.Tier)
            return start + $"no worker ran both in a common tier; allowing for differences between workers, the 95 % interval is {interval(effect)}";
        if (!effect.HasInterval || Math.Min(effect.BaselineJobs, effect.OtherJobs) < VerdictRule.FewestJobs)
            return start + $"only {Count(effect.BaselineJobs, "job")} and {Count(effect.OtherJobs, "job")} have the same {(pair.HasClasses ? "tier, run class" : "tier")} and worker, and {VerdictRule.FewestJobs} of each are needed";
        var found = start + $"the 95 % interval is {interval(effect)}; ";
        if (VerdictRule.Direction(effect, scale) is 1 or -1 && VerdictRule.NamingP(effect, scale) > level)
        {
            return found + (pair.Levels.Comparisons > 1
                ? $"with {pair.Levels.Comparisons} pairs compared at once, that is not sure enough"
                : "the split was proposed because of these figures, so a difference must be larger to be sure");
        }

        return found + (VerdictRule.MoreJobs(effect, scale) is { } more
            ? $"about {more.ToString("N0", CultureInfo.InvariantCulture)} more jobs needed"
            : "more jobs alone would not help, because the difference varies between tiers and workers or is too small to matter");
    }

    /// <summary>Says where the plain means and the like-for-like effect point to different sides.</summary>
    private static IEnumerable<string> Contradictions(SidePair pair)
    {
        const string why = "because they count every job in full, whatever its tier and worker";
        if (pair.PlainTimePerFramePercent is { } plain && pair.MatchedTime.Percent is { } matched && Math.Abs(plain - matched) >= Math.Max(1, 0.1 * Math.Abs(matched)))
        {
            yield return $"the plain averages, {Milliseconds(pair.Baseline.Summary.AvgTimePerFrameMs)} and {Milliseconds(pair.Other.Summary.AvgTimePerFrameMs)}, "
                + $"show {PercentOf(plain)} {(plain > 0 ? "slower" : "faster")}, {why}; adjusted for tier and worker they are "
                + $"{Milliseconds(pair.MatchedTime.MatchedBaseline)} and {Milliseconds(pair.MatchedTime.MatchedOther)}, {PercentOf(matched)} {(matched > 0 ? "slower" : "faster")}";
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
        var unpaired = effect.UnpairedJobs > 0 ? $"; {effect.UnpairedJobs.ToString("N0", CultureInfo.InvariantCulture)} more count by their tier and worker" : "";
        var left = unpaired + (effect.LeftOutJobs > 0 ? $"; {effect.LeftOutJobs.ToString("N0", CultureInfo.InvariantCulture)} without a match excluded" : "");
        var zeros = pair.Baseline.Sample.ZeroTimes + pair.Other.Sample.ZeroTimes;
        left += zeros > 0 ? $"; {zeros.ToString("N0", CultureInfo.InvariantCulture)} with a time of 0 excluded" : "";
        var sample = Math.Max(pair.Baseline.Sample.Step, pair.Other.Sample.Step) > 1 ? " of a sample" : "";
        return effect.Matching == Matching.Tier
            ? $"workers do not overlap, so jobs were matched by tier alone ({jobs}{sample} in {Count(effect.Strata, "tier")}{left})"
            : $"compared like with like: {jobs}{sample} in {Count(effect.Strata, pair.HasClasses ? "group" : "pair")} of {(pair.HasClasses ? "tier, run class" : "tier")} and worker{left}";
    }

    /// <summary>Difference of the cost of a frame in percent; null where either is unknown or it is below 3 %.</summary>
    private static double? Cost(SidePair pair) =>
        SidePair.Percent((double?)pair.Baseline.Summary.CostPerFrame, (double?)pair.Other.Summary.CostPerFrame) is { } cost && Math.Abs(cost) >= 3 ? cost : null;

    private static string FasterSlower(SidePair pair)
    {
        var difference = pair.MatchedTime;
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

    private static string Milliseconds(double? ms) => ms switch
    {
        null => "–",
        >= 1000 => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.00} s"),
        >= 10 => string.Create(CultureInfo.InvariantCulture, $"{ms:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ms:0.00} ms"),
    };

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
