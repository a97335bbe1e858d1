using System.Text.Json;
using System.Text.Json.Serialization;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Comparison.Changes;

/// <summary>A moment at which splitting a workflow's history into before and after is worth a look.</summary>
/// <param name="At">The moment, UTC: the first job after the change completed then.</param>
/// <param name="Kind"><c>version</c>, <c>parameter</c> or <c>change_point</c>.</param>
/// <param name="Subject">The parameter's name (of a version <c>fingerprint</c>), or the figure that changed: <c>time_per_frame_ms</c>, <c>vram_peak_mb</c>, <c>quality.NAME</c>.</param>
/// <param name="Before">The parameter's usual value before; null for a change point.</param>
/// <param name="After">The usual value after; null for a change point.</param>
/// <param name="Change">For a change point the step between the stretches on either side of it: percent for time and VRAM, points for a score; adjusted for tier and worker. Null for a parameter.</param>
/// <param name="P">For a change point, how often shuffled history shows as large a change; null for a parameter.</param>
/// <param name="Text">It in a sentence.</param>
public sealed record SplitProposal(
    DateTime At, string Kind, string Subject, string? Before, string? After, double? Change, double? P, string Text)
{
    /// <summary>Whether somebody changed something, rather than a figure.</summary>
    [JsonIgnore]
    public bool IsSetting => Kind is not "change_point";
}

/// <summary>A job as the search for splits sees it.</summary>
/// <param name="CompletedAt">UTC.</param>
/// <param name="Stratum">Tier, class and worker.</param>
/// <param name="TimePerFrameMs">Milliseconds per frame, or null.</param>
/// <param name="VramPeakMb">MB, or null.</param>
/// <param name="Parameters">Parameters as text by name.</param>
public sealed record HistoryJob(
    DateTime CompletedAt, Stratum Stratum, double? TimePerFrameMs, double? VramPeakMb,
    IReadOnlyList<KeyValuePair<string, double>> Scores, IReadOnlyDictionary<string, string> Parameters);

/// <summary>Proposes where to split a workflow's history: changed parameters first, then detected changes of level.</summary>
public static class SplitProposals
{
    private const int FewestInStratum = 5;

    /// <summary>False discovery rate of changes of level, over all figures of a history.</summary>
    private const double FoundRate = 0.02;

    /// <summary>The proposals for jobs in order of completion; parameters first, each kind in order of time.</summary>
    public static IReadOnlyList<SplitProposal> Find(IReadOnlyList<HistoryJob> jobs)
    {
        List<SplitProposal> proposals =
        [
            .. ParameterChanges.Find([.. jobs.Select(job => job.Parameters)]).Where(change => !VersionChanges.NoSettings.Contains(change.Name)).Select(change => new SplitProposal(
                jobs[change.Index].CompletedAt, "parameter", change.Name, change.Before, change.After, null, null,
                $"{DisplayName.From(change.Name)} changed from {change.Before} to {change.After}.")),
        ];
        List<IReadOnlyList<SplitProposal>> figures =
        [
            Levels(jobs, "time_per_frame_ms", "Time per frame", job => Log(job.TimePerFrameMs), inPercent: true),
            Levels(jobs, "vram_peak_mb", "The VRAM peak", job => Log(job.VramPeakMb), inPercent: true),
            .. jobs.SelectMany(job => job.Scores.Select(s => s.Key)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(score => Levels(jobs, "quality." + score, DisplayName.From(score), job => Score(job, score), inPercent: false)),
        ];
        // All figures are searched for changes: where none changed, anything is found in at most one history of fifty.
        var level = FalseDiscovery.Level(figures.Select(f => f.Count == 0 ? 1 : f.Min(l => l.P!.Value)), FoundRate);
        var levels = figures.SelectMany(f => f).Where(l => l.P <= level);
        return [.. proposals, .. levels.OrderBy(l => l.At)];
    }

    /// <summary>The top-level values of a parameters object as text; objects, arrays and nulls are left out.</summary>
    public static IReadOnlyDictionary<string, string> ReadParameters(string? json)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        if (json is null)
            return values;
        using var document = JsonDocument.Parse(json, StoredJson.AnyDepth);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return values;
        foreach (var parameter in document.RootElement.EnumerateObject())
        {
            if (parameter.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
                values[parameter.Name] = parameter.Value.ToString();
        }

        return values;
    }

    private static List<SplitProposal> Levels(
        IReadOnlyList<HistoryJob> jobs, string subject, string called, Func<HistoryJob, double?> figure, bool inPercent)
    {
        // What is left when each tier and worker's own level is removed: a change of the mix is no change of level.
        (HistoryJob Job, double Value)[] known = [.. jobs.Select(job => (job, figure(job))).Where(v => v.Item2 is not null).Select(v => (v.job, v.Item2!.Value))];
        var centres = known.GroupBy(v => v.Job.Stratum).Where(g => g.Count() >= FewestInStratum)
            .ToDictionary(g => g.Key, g => RobustValues.Median([.. g.Select(v => v.Value)]));
        (HistoryJob Job, double Value)[] series = [.. known.Where(v => centres.ContainsKey(v.Job.Stratum)).Select(v => (v.Job, v.Value - centres[v.Job.Stratum]))];
        var scale = inPercent ? EffectScale.Log : EffectScale.ForScore(known.Select(v => Math.Abs(v.Value)).DefaultIfEmpty().Max());
        List<SplitProposal> found = [];
        foreach (var change in ChangePoints.Find([.. series.Select(v => v.Value)]))
        {
            var step = change.After - change.Before;
            if (Math.Abs(step) < scale.EquivalenceBand)
                continue;
            // The size of a change is the business of the comparison before and after it: a second figure here, of other stretches, would differ.
            found.Add(new SplitProposal(
                series[change.Index].Job.CompletedAt, "change_point", subject, null, null, inPercent ? 100 * double.ExpM1(step) : step, change.P,
                $"{called} {(step < 0 ? "fell" : "rose")}, adjusted for tier and worker."));
        }

        return found;
    }

    private static double? Log(double? value) => value is > 0 ? Math.Log(value.Value) : null;

    private static double? Score(HistoryJob job, string name)
    {
        foreach (var (key, value) in job.Scores)
        {
            if (key == name)
                return value;
        }

        return null;
    }
}
