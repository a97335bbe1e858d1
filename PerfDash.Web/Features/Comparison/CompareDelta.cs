using PerfDash.Core.Comparison;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Features.Comparison;

/// <summary>A difference from the baseline with what it means.</summary>
/// <param name="Percent">In percent of the baseline; null where there is none.</param>
/// <param name="Low">Lower end of the 95 % interval; null without one.</param>
/// <param name="High">Upper end.</param>
/// <param name="Judgement">1 better, −1 worse, 0 neither or open.</param>
/// <param name="Word">It in a word.</param>
/// <param name="Jobs">Jobs it rests on.</param>
public sealed record CompareDelta(double? Percent, double? Low, double? High, int Judgement, string Word, long? Jobs)
{
    /// <summary>Among jobs that are alike; judged by <paramref name="verdict"/> where there is one, else by the interval.</summary>
    public static CompareDelta Of(MatchedDifference? matched, GoodDirection good, string down, string up, Verdict? verdict = null)
    {
        if (matched?.Percent is not { } percent)
            return new CompareDelta(null, null, null, 0, matched is null ? "no data on one side" : "no jobs in common", matched?.MatchedJobs);
        var isSure = verdict is not null
            ? verdict is not (Verdict.Inconclusive or Verdict.Equal)
            : matched is { IntervalLow: { } low, IntervalHigh: { } high } && low > 0 == high > 0 && Math.Abs(percent) >= 0.05;
        var judgement = !isSure || good == GoodDirection.Neither ? 0 : percent > 0 == (good == GoodDirection.Up) ? 1 : -1;
        var word = verdict == Verdict.Equal ? "equal" : !isSure ? "inconclusive" : percent > 0 ? up : down;
        return new CompareDelta(percent, matched.IntervalLow, matched.IntervalHigh, judgement, word, matched.MatchedJobs);
    }

    /// <summary>Of the plain figures of all jobs, whatever their mix.</summary>
    public static CompareDelta OfPlain(double? baseline, double? other, GoodDirection good, string down, string up)
    {
        var delta = Delta.Of(other, baseline, good);
        var isSame = delta.Percent is { } p && Math.Abs(p) < 0.05;
        return new CompareDelta(delta.Percent, null, null, delta.Judgement, delta.Percent is null ? "" : isSame ? "equal" : delta.Percent > 0 ? up : down, null);
    }

    /// <summary>The interval in words; null without one.</summary>
    public string? Interval => (Low, High) is ({ } low, { } high) ? $"{UnitFormat.PercentChange(low)} to {UnitFormat.PercentChange(high)}" : null;
}
