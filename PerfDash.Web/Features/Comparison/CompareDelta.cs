using PerfDash.Core.Comparison;

namespace PerfDash.Web.Features.Comparison;

/// <summary>A difference from the baseline with what it means.</summary>
/// <param name="Percent">In percent of the baseline; null where there is none.</param>
/// <param name="Low">Lower end of the 95 % interval; null without one.</param>
/// <param name="High">Upper end.</param>
/// <param name="Outcome">1 better, −1 worse, 0 neither or open.</param>
/// <param name="Jobs">Jobs it rests on.</param>
public sealed record CompareDelta(double? Percent, double? Low, double? High, int Outcome, string Word, long? Jobs)
{
    /// <summary>What the baseline comes to on the same jobs; null for a figure of all jobs.</summary>
    public double? Baseline { get; init; }

    /// <summary>What this side comes to on them.</summary>
    public double? Value { get; init; }

    /// <summary>A figure that is shown and not compared.</summary>
    public static CompareDelta None { get; } = new(null, null, null, 0, "", null);

    /// <summary>Among jobs that are alike; better or worse only where that is sure.</summary>
    public static CompareDelta From(MatchedDifference? matched, GoodDirection good, string down, string up, Verdict verdict)
    {
        if (matched?.Percent is not { } percent)
            return None with { Word = matched is null ? "no data on one side" : "no jobs in common", Jobs = matched?.MatchedJobs };
        var isSure = verdict is not (Verdict.Inconclusive or Verdict.Equal);
        var outcome = !isSure || good == GoodDirection.Neither ? 0 : percent > 0 == (good == GoodDirection.Up) ? 1 : -1;
        var word = verdict == Verdict.Equal ? "equal" : !isSure ? "inconclusive" : percent > 0 ? up : down;
        return new CompareDelta(percent, matched.IntervalLow, matched.IntervalHigh, outcome, word, matched.MatchedJobs) { Baseline = matched.MatchedBaseline, Value = matched.MatchedOther };
    }

    /// <summary>Of the plain figures of all jobs, whatever their mix: never better or worse.</summary>
    public static CompareDelta OfPlain(double? baseline, double? other, string down, string up)
    {
        var percent = Delta.From(other, baseline, GoodDirection.Neither).Percent;
        return None with { Percent = percent, Word = percent switch { null => "", < 0.05 and > -0.05 => "equal", > 0 => up, _ => down } };
    }

    /// <summary>The interval in words; null without one.</summary>
    public string? Interval => (Low, High) is ({ } low, { } high) ? $"{UnitFormat.PercentChange(low)} to {UnitFormat.PercentChange(high)}" : null;
}
