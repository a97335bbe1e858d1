using PerfDash.Core.Comparison;
using PerfDash.Core.Metrics;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Features.Comparison;

/// <summary>A figure of all sides.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Group">Speed, quality or resources.</param>
/// <param name="Unit">Its unit.</param>
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
    public static IReadOnlyList<CompareRow> Of(CompareData data)
    {
        var sides = data.Sides;
        // Those of the most sides, where there are more than a table can hold; the API has all.
        var scores = sides.SelectMany(s => s.Summary.Quality.Keys).GroupBy(name => name, StringComparer.Ordinal)
            .OrderByDescending(name => name.Count()).ThenBy(name => name.Key, StringComparer.Ordinal).Take(TopList.Most)
            .Select(name => name.Key).Order(StringComparer.Ordinal);
        List<CompareRow> rows =
        [
            Matched("Time per frame, average", Speed, ValueUnit.MsPerFrame, s => s.AvgTimePerFrameMs, d => CompareDelta.Of(d.LikeForLike.TimePerFrame, GoodDirection.Down, "faster", "slower", d.SpeedVerdict)),
            Plain("Time per frame, median", Speed, ValueUnit.MsPerFrame, s => s.P50TimePerFrameMs, "faster", "slower"),
            Plain("Time per frame, p95", Speed, ValueUnit.MsPerFrame, s => s.P95TimePerFrameMs, "faster", "slower"),
            .. scores.Select(score => Matched(
                DisplayName.From(score), Quality, ValueUnit.Score, s => s.Quality.TryGetValue(score, out var value) ? value : null,
                d => CompareDelta.Of(d.LikeForLike.Quality.GetValueOrDefault(score), GoodDirection.Up, "worse", "better", d.QualityDecidedBy == score ? d.QualityVerdict : null)) with { ReportedName = score }),
            Matched("Peak VRAM, average", Resources, ValueUnit.VramMb, s => s.AvgVramPeakMb, d => CompareDelta.Of(d.LikeForLike.Vram, GoodDirection.Down, "less", "more")),
            Plain("GPU time per job", Resources, ValueUnit.DurationMs, s => s.AvgGpuTimeMs, "less", "more"),
            Plain("Cost per frame", Resources, ValueUnit.Money, s => (double?)s.CostPerFrame, "cheaper", "more expensive"),
        ];
        return [.. rows.Where(r => r.Values.Any(v => v is not null))];

        CompareRow Matched(string label, string group, ValueUnit unit, Func<ComparedSummary, double?> value, Func<WorkflowDifference, CompareDelta> delta) =>
            new(label, group, unit, true, [.. sides.Select(s => value(s.Summary))], [.. data.Differences.Select(delta)]);

        CompareRow Plain(string label, string group, ValueUnit unit, Func<ComparedSummary, double?> value, string down, string up) =>
            new(label, group, unit, false, [.. sides.Select(s => value(s.Summary))],
                [.. sides.Skip(1).Select(s => CompareDelta.OfPlain(value(sides[0].Summary), value(s.Summary), GoodDirection.Down, down, up))]);
    }
}
