using PerfDash.Core.Comparison;

namespace PerfDash.Web.Features.Comparison;

/// <summary>A figure of all sides.</summary>
/// <param name="Group">Speed, quality or resources.</param>
/// <param name="IsMatched">True where the differences are like for like.</param>
/// <param name="Values">It on each side; null where no job has it.</param>
/// <param name="Deltas">Each later side against the first.</param>
public sealed record CompareRow(string Label, string Group, ValueUnit Unit, bool IsMatched, IReadOnlyList<double?> Values, IReadOnlyList<CompareDelta> Deltas)
{
    /// <summary>The name as jobs report it, where that is another one.</summary>
    public string? ReportedName { get; init; }
}

/// <summary>The figures that are compared.</summary>
public static class CompareRows
{
    /// <summary>Group of the times per frame.</summary>
    public const string Speed = "Speed";
    /// <summary>Group of the scores.</summary>
    public const string Quality = "Quality";
    /// <summary>Group of VRAM, GPU time and cost.</summary>
    public const string Resources = "Resources";

    /// <summary>All of them; those no side has are left out.</summary>
    public static IReadOnlyList<CompareRow> From(CompareData data)
    {
        var sides = data.Sides;
        // Those of the most sides, where there are more than a table can hold; the API has all.
        var scores = sides.SelectMany(s => s.Summary.Quality.Keys).GroupBy(name => name, StringComparer.Ordinal)
            .OrderByDescending(name => name.Count()).ThenBy(name => name.Key, StringComparer.Ordinal).Take(TopList.Most)
            .Select(name => name.Key).Order(StringComparer.Ordinal);
        List<CompareRow> rows =
        [
            Matched("Time per frame, adjusted", Speed, ValueUnit.MsPerFrame, d => CompareDelta.From(d.LikeForLike.TimePerFrame, GoodDirection.Down, "faster", "slower", d.SpeedVerdict)),
            Plain("Time per frame, average", Speed, ValueUnit.MsPerFrame, s => s.AvgTimePerFrameMs),
            Plain("Time per frame, median", Speed, ValueUnit.MsPerFrame, s => s.P50TimePerFrameMs),
            Plain("Time per frame, p95", Speed, ValueUnit.MsPerFrame, s => s.P95TimePerFrameMs),
            .. scores.SelectMany(score => (CompareRow[])
            [
                Matched($"{DisplayName.From(score)}, adjusted", Quality, ValueUnit.Score, d => CompareDelta.From(d.LikeForLike.Quality.GetValueOrDefault(score), GoodDirection.Up, "worse", "better", Verdict(d, score))) with { ReportedName = score },
                Plain($"{DisplayName.From(score)}, average", Quality, ValueUnit.Score, s => s.Quality.TryGetValue(score, out var value) ? value : null) with { ReportedName = score },
            ]),
            Matched("Peak VRAM, adjusted", Resources, ValueUnit.VramMb, d => CompareDelta.From(d.LikeForLike.Vram, GoodDirection.Down, "less", "more", d.VramVerdict)),
            Plain("Peak VRAM, average", Resources, ValueUnit.VramMb, s => s.AvgVramPeakMb),
            Counted("GPU time per job", Resources, ValueUnit.DurationMs, s => s.AvgGpuTimeMs, "less", "more"),
            Counted("Cost per frame", Resources, ValueUnit.Money, s => (double?)s.CostPerFrame, "cheaper", "more expensive"),
        ];
        return [.. rows.Where(r => r.Values.Any(v => v is not null))];

        // What decides quality has a verdict; the other scores are looked at together.
        static Verdict Verdict(WorkflowDifference difference, string score) => difference.QualityDecidedBy == score ? difference.QualityVerdict
            : difference.ScoreVerdicts.GetValueOrDefault(score, Core.Comparison.Verdict.Inconclusive);

        // Adjusted to the jobs of both: of several sides the baseline comes to something else beside each.
        CompareRow Matched(string label, string group, ValueUnit unit, Func<WorkflowDifference, CompareDelta> delta)
        {
            CompareDelta[] deltas = [.. data.Differences.Select(delta)];
            return new(label, group, unit, true, [deltas.Length == 1 ? deltas[0].Baseline : null, .. deltas.Select(d => d.Value)], deltas);
        }

        CompareRow Plain(string label, string group, ValueUnit unit, Func<ComparedSummary, double?> value) =>
            new(label, group, unit, false, [.. sides.Select(s => value(s.Summary))], [.. sides.Skip(1).Select(_ => CompareDelta.None)]);

        CompareRow Counted(string label, string group, ValueUnit unit, Func<ComparedSummary, double?> value, string down, string up) =>
            new(label, group, unit, false, [.. sides.Select(s => value(s.Summary))],
                [.. sides.Skip(1).Select(s => CompareDelta.OfPlain(value(sides[0].Summary), value(s.Summary), down, up))]);
    }
}
