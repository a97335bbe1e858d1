using PerfDash.Core.Comparison;
using PerfDash.Data.Entities;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources.Probes;

/// <summary>Something about a server that was another one at a run of its probe than at the run before.</summary>
/// <param name="RunId">The first run afterwards.</param>
/// <param name="SourceId">The source.</param>
/// <param name="At">When that run ended, UTC.</param>
/// <param name="What">What changed, such as <c>ComfyUI 0.3.64 → 0.27.1</c>; empty where a reader chose the run.</param>
/// <param name="Comparison">The runs since the change before, against those until the next; null where the graph is another one, whose times say nothing of the worker.</param>
public sealed record ProbeChange(long RunId, long SourceId, DateTime At, IReadOnlyList<string> What, ProbeComparison? Comparison);

/// <summary>Runs of one graph, one class and one number of cached nodes, before and after a moment.</summary>
public sealed record ProbeComparison
{
    /// <summary>The class of the runs that are compared; null where it is unknown, or no class has runs on both sides.</summary>
    public RunClass? RunClass { get; init; }

    /// <summary>The runs before, in their order; likewise <see cref="After"/>. Empty where no class has runs on both sides.</summary>
    public IReadOnlyList<ProbeRunItem> Before { get; init; } = [];

    /// <summary>The runs after.</summary>
    public IReadOnlyList<ProbeRunItem> After { get; init; } = [];

    /// <summary>Median of their times, milliseconds; null without runs.</summary>
    public double? MedianBeforeMs { get; init; }

    /// <summary>Median of their times, milliseconds; null without runs.</summary>
    public double? MedianAfterMs { get; init; }

    /// <summary>Difference of the medians in percent of the one before, above 0 for slower; null without runs.</summary>
    public double? Percent { get; init; }

    /// <summary>Lower end of the 95 % interval of the mean difference, percent; null where there are too few runs for one.</summary>
    public double? IntervalLow { get; init; }

    /// <summary>Its upper end, percent.</summary>
    public double? IntervalHigh { get; init; }

    /// <summary>Faster, slower or equal where the runs are sure of it.</summary>
    public Verdict Verdict { get; init; } = Verdict.Inconclusive;
}

/// <summary>
/// Compares runs of probes before and after something changed. The work is always the same, so one effect of <see cref="EffectEstimator"/> with a single
/// stratum, a comparison of two samples, and its verdict by <see cref="VerdictRule"/> are all it takes.
/// </summary>
public static class ProbeChanges
{
    /// <summary>All changes, in the order of their moments.</summary>
    /// <param name="runs">Ended runs in their order, of several sources perhaps.</param>
    public static IReadOnlyList<ProbeChange> Find(IReadOnlyList<ProbeRunItem> runs)
    {
        var changes = new List<ProbeChange>();
        foreach (var source in Completed(runs).GroupBy(run => run.SourceId))
        {
            var parts = Parts([.. source]);
            for (var i = 1; i < parts.Count; i++)
            {
                var first = parts[i][0];
                changes.Add(new ProbeChange(first.Id, source.Key, first.CompletedAt!.Value, Differences(parts[i - 1][^1], first), Compare(parts[i - 1], parts[i], VerdictRule.NamingLevel)));
            }
        }

        return [.. changes.OrderBy(change => change.At).ThenBy(change => change.RunId)];
    }

    /// <summary>
    /// Before and after a run that a reader chose, for what no server tells of, such as a driver: as far as the changes on both sides. Null where there is no such run,
    /// or none before it.
    /// </summary>
    public static ProbeChange? Split(IReadOnlyList<ProbeRunItem> runs, long runId)
    {
        if (Find(runs).FirstOrDefault(change => change.RunId == runId) is { } known)
            return known;
        if (Completed(runs).FirstOrDefault(run => run.Id == runId) is not { } chosen)
            return null;
        var part = Parts([.. Completed(runs).Where(run => run.SourceId == chosen.SourceId)]).Single(p => p.Exists(run => run.Id == runId));
        var index = part.FindIndex(run => run.Id == runId);
        // Chosen because of the figures, perhaps.
        return index == 0 ? null : new ProbeChange(runId, chosen.SourceId, chosen.CompletedAt!.Value, [], Compare(part[..index], part[index..], VerdictRule.FoundSplitLevel));
    }

    private static IEnumerable<ProbeRunItem> Completed(IReadOnlyList<ProbeRunItem> runs) => runs.Where(run => run is { State: ProbeRunState.Completed, TotalWallTimeMs: > 0, CompletedAt: not null });

    /// <summary>The runs of one source between two changes each.</summary>
    private static List<List<ProbeRunItem>> Parts(IReadOnlyList<ProbeRunItem> runs)
    {
        var parts = new List<List<ProbeRunItem>>();
        foreach (var run in runs)
        {
            if (parts.Count == 0 || Differences(parts[^1][^1], run).Count > 0)
                parts.Add([]);
            parts[^1].Add(run);
        }

        return parts;
    }

    private static List<string> Differences(ProbeRunItem before, ProbeRunItem after)
    {
        var differences = new List<string>();
        if (before.GraphHash != after.GraphHash)
            differences.Add("Another graph");
        if (!before.Models.SequenceEqual(after.Models))
            differences.Add($"Model {Only(before, after)} → {Only(after, before)}");
        Add("ComfyUI", before.Version, after.Version);
        Add("PyTorch", before.PytorchVersion, after.PytorchVersion);
        Add("GPU", before.GpuModel, after.GpuModel);
        return differences;

        // What a server did not say once is no change.
        void Add(string name, string? old, string? now)
        {
            if (old is not null && now is not null && old != now)
                differences.Add($"{name} {old} → {now}");
        }

        static string Only(ProbeRunItem of, ProbeRunItem other) => of.Models.Except(other.Models).ToList() is { Count: > 0 } names ? string.Join(", ", names) : "none";
    }

    private static ProbeComparison? Compare(List<ProbeRunItem> before, List<ProbeRunItem> after, double level)
    {
        if (before[0].GraphHash != after[0].GraphHash)
            return null;
        // The class that has the most runs on the side with fewer; the warm one of two alike.
        var best = before.GroupBy(ClassOf).Join(after.GroupBy(ClassOf), side => side.Key, side => side.Key, (b, a) => (b.Key.RunClass, Before: b.ToList(), After: a.ToList()))
            .OrderByDescending(sides => Math.Min(sides.Before.Count, sides.After.Count)).ThenByDescending(sides => sides.RunClass == RunClass.Warm).FirstOrDefault();
        if (best.Before is null)
            return new ProbeComparison();
        var (valuesBefore, valuesAfter) = (Values(best.Before), Values(best.After));
        var effect = EffectEstimator.Estimate(valuesBefore, valuesAfter, EffectScale.Log);
        var matched = effect.HasInterval ? MatchedDifference.OfLogs(effect, valuesBefore, valuesAfter, level) : null;
        var (old, now) = (Median(best.Before), Median(best.After));
        return new ProbeComparison
        {
            RunClass = best.RunClass,
            Before = best.Before,
            After = best.After,
            MedianBeforeMs = old,
            MedianAfterMs = now,
            Percent = 100 * ((now / old) - 1),
            IntervalLow = matched?.IntervalLow,
            IntervalHigh = matched?.IntervalHigh,
            Verdict = VerdictRule.Speed(effect, level),
        };

        static (RunClass? RunClass, int? CachedNodes) ClassOf(ProbeRunItem run) => (run.RunClass, run.CachedNodes);
    }

    private static StratifiedValues Values(List<ProbeRunItem> runs)
    {
        var values = new StratifiedValues();
        foreach (var run in runs)
            values.Add(new Stratum(null, run.SourceId), Math.Log(run.TotalWallTimeMs!.Value));
        return values;
    }

    private static double Median(List<ProbeRunItem> runs) => RobustValues.Median([.. runs.Select(run => (double)run.TotalWallTimeMs!.Value)]);
}
