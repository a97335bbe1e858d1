using System.Globalization;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Data.Sources;
using PerfDash.Web.Charts;
using Sure = PerfDash.Core.Comparison.Verdict;
using VerdictRule = PerfDash.Core.Comparison.VerdictRule;

namespace PerfDash.Web.Features.Workers.Probes;

/// <summary>Runs of probes in words and as a chart.</summary>
public static class ProbeText
{
    // More would hide the runs.
    private const int MostMarkers = 20;

    /// <summary>What is drawn, and how many runs it is.</summary>
    public static string Note(IReadOnlyList<ProbeRunItem> shown, WorkerProbes probes)
    {
        var failed = shown.Count(run => run.State == ProbeRunState.Failed);
        var last = probes.Runs[^1];
        return $"Wall time of one fixed prompt, not part of any other figure · n = {UnitFormat.Counted(shown.Count - failed, "run")}"
            + (failed > 0 ? $" · {UnitFormat.Count(failed)} failed" : "")
            + (last.State == ProbeRunState.Failed ? $" · the last one failed: {last.Error}" : "");
    }

    /// <summary>The name of a source; its id where it is gone.</summary>
    public static string SourceName(WorkerProbes probes, long sourceId) => probes.SourceNames.GetValueOrDefault(sourceId) ?? string.Create(CultureInfo.InvariantCulture, $"Source {sourceId}");

    /// <summary>Each completed run at its end, a series for each class, and a vertical line for each change.</summary>
    public static ChartInput ChartOf(IReadOnlyList<ProbeRunItem> shown, WorkerProbes probes, IReadOnlyList<ProbeChange> changes, TimeRange range)
    {
        var completed = shown.Where(run => run.State == ProbeRunState.Completed).ToList();
        return new ChartInput
        {
            // Single runs: what lies between two of them is not known.
            Kind = ChartKind.Scatter,
            Unit = ValueUnit.DurationMs,
            // A few percent are the point.
            StartAtZero = false,
            Range = new ChartRange(range.From, range.To),
            Markers =
            [
                .. changes.Select(change => (At: new DateTimeOffset(change.At, TimeSpan.Zero), change.What)).Where(change => change.At >= range.From && change.At < range.To).TakeLast(MostMarkers)
                    .Select(change => new ChartMarker(change.At, change.What[0] + (change.What.Count > 1 ? $" (and {change.What.Count - 1} more)" : ""))),
            ],
            Series =
            [
                .. completed.GroupBy(run => (run.SourceId, run.RunClass)).OrderBy(line => line.Key.SourceId).ThenBy(line => line.Key.RunClass)
                    .Select(line => new ChartSeries(
                        $"{line.Key.SourceId}-{line.Key.RunClass?.ToText()}",
                        (probes.SourceNames.Count > 1 ? SourceName(probes, line.Key.SourceId) + ", " : "") + ClassName(line.Key.RunClass),
                        [.. line.Select(run => ChartPoint.At(new DateTimeOffset(run.CompletedAt!.Value, TimeSpan.Zero), run.TotalWallTimeMs, key: run.Id.ToString(CultureInfo.InvariantCulture)))])),
            ],
        };
    }

    /// <summary>The interval of the difference in words; null without one.</summary>
    public static string? Interval(ProbeComparison? comparison) => comparison is { IntervalLow: { } low, IntervalHigh: { } high } ? $"95 %: {UnitFormat.PercentChange(low)} to {UnitFormat.PercentChange(high)}" : null;

    /// <summary>What the runs are sure of, or why they are not.</summary>
    public static string Verdict(ProbeChange change) => change.Comparison switch
    {
        null => "not compared: another graph",
        { Before.Count: 0 } => "not compared: no runs of one class on both sides",
        { Verdict: Sure.Faster } => "faster",
        { Verdict: Sure.Slower } => "slower",
        { Verdict: Sure.Equal } => "equal (within 3 %)",
        var few when Math.Min(few.Before.Count, few.After.Count) < VerdictRule.FewestJobs => $"inconclusive: fewer than {VerdictRule.FewestJobs} runs on a side",
        _ => "inconclusive",
    };

    /// <summary>A change with what the runs say of it.</summary>
    public static string Sentence(ProbeChange change)
    {
        var what = change.What.Count == 0 ? "Nothing that the server tells of changed here" : string.Join(", ", change.What);
        return change.Comparison is { Before.Count: > 0 } c
            ? $"{what}. Median {UnitFormat.Duration(c.MedianBeforeMs)} before (n = {UnitFormat.Counted(c.Before.Count, "run")}), {UnitFormat.Duration(c.MedianAfterMs)} after (n = {UnitFormat.Counted(c.After.Count, "run")}): "
                + $"{UnitFormat.PercentChange(c.Percent)}{(Interval(c) is { } interval ? $" ({interval})" : "")}, {Verdict(change)}. {ClassName(c.RunClass)} runs."
            : $"{what}: {Verdict(change)}.";
    }

    private static string ClassName(RunClass? runClass) => runClass?.ToString() ?? "Class unknown";
}
