using PerfDash.Core.Comparison;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Comparison;

/// <summary>The compare page's charts.</summary>
public static class CompareCharts
{
    // A bar up to here is never cut, whatever the others are.
    private const double LeastReachPercent = 150;

    // Where changes are at least this part of the whole, the whole is drawn from 0.
    private const double LeastVisiblePart = 0.15;

    private const int MostStages = 12;

    /// <summary>The figures of a group (speed, quality or resources) of each later side in percent of the baseline, with intervals.</summary>
    public static SpanInput Bars(CompareData data, string group)
    {
        List<SpanRow> rows = [];
        foreach (var row in CompareRows.From(data).Where(r => r.Group == group && r.Deltas.Any(d => d.Percent is not null)))
        {
            foreach (var (i, delta) in row.Deltas.Index())
            {
                var side = data.Sides[i + 1];
                rows.Add(new SpanRow(
                    i > 0 ? null : $"{row.Label}{(row.IsMatched ? "" : " (all jobs)")}",
                    side.Name,
                    delta.Percent is { } percent ? UnitFormat.Percent(100 + percent) : UnitFormat.Missing,
                    delta.Percent is null ? null : 100,
                    100 + delta.Percent,
                    delta.Outcome switch { 1 => SpanTone.Better, -1 => SpanTone.Worse, _ => SpanTone.Neutral })
                {
                    Low = 100 + delta.Low,
                    High = 100 + delta.High,
                    Color = side.Color,
                    Word = delta.Word,
                });
            }
        }

        var axis = SpanAxis.From([100, .. rows.SelectMany(r => new[] { r.To, r.Low, r.High })], 0, SpanAxis.ReachOf(rows.Select(r => r.To), 100, LeastReachPercent));
        return new SpanInput(rows, ValueUnit.Percent, axis, 100);
    }

    /// <summary>From the baseline's time per frame to the other side's, stage by stage.</summary>
    /// <param name="stages">The parts of the change.</param>
    /// <param name="baseline">Name of the baseline.</param>
    /// <param name="other">Of the other side.</param>
    /// <param name="isSure">Whether the two surely differ; else no stage is called better or worse.</param>
    public static SpanInput Waterfall(StageAttribution stages, string baseline, string other, bool isSure = true)
    {
        List<SpanRow> rows = [new(null, baseline, UnitFormat.MsPerFrame(stages.BaselineMs), 0, stages.BaselineMs, SpanTone.Total)];
        var shown = stages.Stages.Count > MostStages ? stages.Stages.Take(MostStages - 1).ToArray() : [.. stages.Stages];
        var rest = stages.Stages.Skip(shown.Length).ToArray();
        var at = stages.BaselineMs;
        foreach (var stage in shown)
            Add((stage.Name is { } name ? DisplayName.From(name) : "Outside all stages") + (stage.Kind == "changed" ? "" : $" ({stage.Kind})"), stage.ChangeMs);
        if (rest.Length > 0)
            Add($"{rest.Length} smaller stages", rest.Sum(s => s.ChangeMs));
        rows.Add(new(null, other, UnitFormat.MsPerFrame(stages.OtherMs), 0, stages.OtherMs, SpanTone.Total));

        // Small changes of a large whole would be slivers: then the axis starts near the lowest point, and the whole has a break.
        double[] ends = [.. rows.SelectMany(r => new[] { r.Tone == SpanTone.Total ? r.To!.Value : r.From!.Value, r.To!.Value })];
        var (low, high) = (ends.Min(), ends.Max());
        var start = high - low < LeastVisiblePart * high ? Math.Max(0, low - (0.15 * (high - low)) - (0.002 * high)) : 0;
        return new SpanInput(rows, ValueUnit.MsPerFrame, SpanAxis.From([start, high]));

        void Add(string label, double change)
        {
            var text = UnitFormat.MsPerFrame(change);
            // What reads as nothing is neither good nor bad; nor is what is not sure, or too small to matter.
            var sign = text.Any(c => c is >= '1' and <= '9') ? Math.Sign(change) : 0;
            var tone = !isSure || Math.Abs(change) * 100 < Evidence.LeastChangePercent * stages.BaselineMs ? 0 : sign;
            rows.Add(new(null, label, (sign > 0 ? "+" : "") + text, at, at + change, tone < 0 ? SpanTone.Better : tone > 0 ? SpanTone.Worse : SpanTone.Neutral)
            {
                Word = !isSure ? null : sign < 0 ? "saves time" : sign > 0 ? "takes longer" : null,
            });
            at += change;
        }
    }

    /// <summary>The share of each side's jobs by time per frame, between the same edges.</summary>
    public static ChartInput Times(CompareData data, TimeDistributions times) => new()
    {
        Kind = data.Sides.Count > 2 ? ChartKind.Line : ChartKind.Area,
        Axis = ChartAxis.Bins,
        Unit = ValueUnit.Percent,
        XTitle = "Time per frame",
        // All sides have the same edges.
        Bins = ChartBins.From(times.Sides.Select(s => s.Histogram).FirstOrDefault(h => h.Count > 0) ?? [], ValueUnit.MsPerFrame, times.EqualRatios),
        Series =
        [
            .. data.Sides.Zip(times.Sides).Index().Where(s => s.Item.Second.Count > 0).Select(s => new ChartSeries(
                $"side-{s.Index}", $"{s.Item.First.Name} (n = {UnitFormat.Count(s.Item.Second.Count)})",
                [.. s.Item.Second.Histogram.Select((b, i) => ChartPoint.Xy(i, 100.0 * b.Count / s.Item.Second.Count))],
                s.Item.First.Color)),
        ],
    };
}
