using System.Text.Json;

namespace PerfDash.Web.Charts;

/// <summary>What <c>ApexChart.razor.js</c> is given: a <see cref="ChartInput"/> thinned out, with colours chosen. Field names are its contract with that module.</summary>
internal sealed record ChartDrawing(
    string Kind,
    string Axis,
    string Unit,
    string XUnit,
    string Grain,
    string? XTitle,
    bool StartAtZero,
    double[]? Range,
    int Height,
    bool Dark,
    bool Zoomable,
    bool Clickable,
    bool Brushable,
    IReadOnlyCollection<string>? Hidden,
    string Scale,
    bool Scalable,
    IReadOnlyList<string> Categories,
    ChartDrawing.DrawnBins? Bins,
    string? Note,
    IReadOnlyList<ChartDrawing.DrawnSeries> Series,
    IReadOnlyList<ChartDrawing.Line> Thresholds,
    IReadOnlyList<ChartDrawing.Line> Markers)
{
    /// <summary>
    /// One series; a point is <c>[x or index of the category, y or null, 1 when unfinished]</c>. The variant counts the series before it that
    /// have its colour: those are distinguished by dashes, marks and patterns.
    /// </summary>
    internal sealed record DrawnSeries(
        string Key, string Name, string Color, string Style, int Variant, IReadOnlyList<double?[]> Points, IReadOnlyList<string?>? PointColors);

    /// <summary>The edges of the bins of a distribution.</summary>
    internal sealed record DrawnBins(IReadOnlyList<double> Edges, string Unit, bool IsLog);

    /// <summary>A horizontal line at a value or a vertical one at a moment.</summary>
    internal sealed record Line(double At, string Label, string Severity);

    /// <summary>Builds the drawing of an input; null for hidden series leaves the choice made in the legend. The second result finds the clicked point: series key → points drawn.</summary>
    internal static (ChartDrawing Drawing, IReadOnlyDictionary<string, IReadOnlyList<ChartPoint>> Points) From(
        ChartInput input, int height, bool dark, bool zoomable, bool clickable, IReadOnlyCollection<string>? hidden, bool brushable = false, ChartScale scale = ChartScale.Auto, bool scalable = false)
    {
        var categories = new Dictionary<string, int>(StringComparer.Ordinal);
        var points = new Dictionary<string, IReadOnlyList<ChartPoint>>(StringComparer.Ordinal);
        var colours = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var series = new List<DrawnSeries>(input.Series.Count);
        foreach (var (index, one) in input.Series.Index())
        {
            IReadOnlyList<ChartPoint> drawn = input.Axis is ChartAxis.Category or ChartAxis.Bins
                ? one.Points
                // Beside the points of a scatter chart there is at most a line through them, which needs no share.
                : [.. Downsampling.ForChart(one.Points, input.Kind == ChartKind.Scatter ? 1 : input.Series.Count).Select(i => one.Points[i])];
            points[one.Key] = drawn;

            var colour = one.Color ?? ChartPalette.ColorAt(index);
            // A previous period wears the colour of its series on purpose.
            var variant = one.Style == ChartSeriesStyle.Solid ? colours[colour] = colours.GetValueOrDefault(colour, -1) + 1 : 0;
            series.Add(new(
                one.Key,
                one.Name,
                dark ? ChartPalette.OnDark(colour) : colour,
                Camel(one.Style),
                variant,
                [.. drawn.Select(p => new[] { XOf(p, input.Axis, categories), Finite(p.Y), p.Partial ? 1 : 0 })],
                input.Kind == ChartKind.Donut ? [.. drawn.Select((p, i) => Shade(p.Color ?? ChartPalette.ColorAt(i), dark))]
                    : drawn.Any(p => p.Color is not null) ? [.. drawn.Select(p => p.Color is { } c && dark ? ChartPalette.OnDark(c) : p.Color)]
                    : null));
        }

        var drawing = new ChartDrawing(
            Camel(input.Kind),
            Camel(input.Axis),
            Camel(input.Unit),
            Camel(input.XUnit),
            Camel(input.TimeGrain),
            input.XTitle,
            input.StartAtZero,
            input.Range is { } range ? [range.From.ToUnixTimeMilliseconds(), range.To.ToUnixTimeMilliseconds()] : null,
            height,
            dark,
            zoomable && input.Axis == ChartAxis.Time,
            clickable,
            brushable && input.Kind == ChartKind.Scatter,
            hidden,
            Camel(scale),
            scalable && input.IsScalable,
            input.Bins?.Names ?? [.. categories.Keys],
            input.Bins is { } bins ? new DrawnBins(bins.Edges, Camel(bins.Unit), bins.IsLog) : null,
            input.Bins?.Note,
            series,
            [.. input.Thresholds.Where(t => ChartPoint.IsDrawable(t.Value)).Select(t => new Line(t.Value, t.Label, Camel(t.Severity)))],
            input.Axis == ChartAxis.Time ? [.. input.Markers.Select(m => new Line(m.At.ToUnixTimeMilliseconds(), m.Label, "info"))] : []);
        return (drawing, points);
    }

    private static string Shade(string colour, bool dark) => dark ? ChartPalette.OnDark(colour) : colour;

    private static double? XOf(ChartPoint point, ChartAxis axis, Dictionary<string, int> categories)
    {
        if (axis != ChartAxis.Category)
            return ChartPoint.IsDrawable(point.X) ? point.X : null;
        var name = point.Category ?? "";
        if (!categories.TryGetValue(name, out var index))
            categories[name] = index = categories.Count;
        return index;
    }

    private static double? Finite(double? value) => ChartPoint.IsDrawable(value) ? value : null;

    private static string Camel<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
