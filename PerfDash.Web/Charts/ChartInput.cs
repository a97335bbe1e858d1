namespace PerfDash.Web.Charts;

/// <summary>How the points of a chart are drawn.</summary>
public enum ChartKind
{
    /// <summary>Straight segments; a null is a gap.</summary>
    Line,

    /// <summary>A line with its area filled.</summary>
    Area,

    /// <summary>Upright bars, side by side.</summary>
    Bar,

    /// <summary>Upright bars, the series on top of each other.</summary>
    StackedBar,

    /// <summary>Lying bars, for rankings with long names. Needs <see cref="ChartAxis.Category"/>.</summary>
    HorizontalBar,

    /// <summary>Lying bars, the series after one another. Needs <see cref="ChartAxis.Category"/>.</summary>
    HorizontalStackedBar,

    /// <summary>Single points, for correlations. Needs <see cref="ChartAxis.Number"/> or <see cref="ChartAxis.Time"/>.</summary>
    Scatter,

    /// <summary>Parts of a whole as a ring, one for each point of the only series. Needs <see cref="ChartAxis.Category"/>.</summary>
    Donut,
}

/// <summary>What the X of a chart's points is.</summary>
public enum ChartAxis
{
    /// <summary>Moments in UTC: points made with <see cref="ChartPoint.At"/>.</summary>
    Time,

    /// <summary>Names in the order given: points made with <see cref="ChartPoint.ForCategory"/>.</summary>
    Category,

    /// <summary>Numbers: points made with <see cref="ChartPoint.Xy"/>.</summary>
    Number,

    /// <summary>The bins of <see cref="ChartInput.Bins"/>: points made with <see cref="ChartPoint.Xy"/>, X being the number of the bin from 0.</summary>
    Bins,
}

/// <summary>How the value axis is scaled. Bars start at 0 on every one of them.</summary>
public enum ChartScale
{
    /// <summary>Even; a few values far beyond all others do not decide it and are marked at its edge.</summary>
    Auto,

    /// <summary>Even, and holds every value.</summary>
    Full,

    /// <summary>Logarithmic, for lines, areas and single points.</summary>
    Log,
}

/// <summary>How a series is drawn within its chart.</summary>
public enum ChartSeriesStyle
{
    /// <summary>Drawn through.</summary>
    Solid,

    /// <summary>Dashed in full colour: a moving average or another derived line. In a scatter chart the line through the points.</summary>
    Dashed,

    /// <summary>Dotted and pale: the previous period, moved onto this one's axis by the caller.</summary>
    Previous,

    /// <summary>One edge of a band: the area between the two series of this style is filled. On time axes of line charts.</summary>
    Band,
}

/// <summary>How serious crossing a threshold line is.</summary>
public enum ChartSeverity
{
    /// <summary>A line to compare with, without alarm.</summary>
    Info,

    /// <summary>The warning limit.</summary>
    Warning,

    /// <summary>The critical limit.</summary>
    Critical,
}

/// <summary>
/// One point. <see cref="X"/> is Unix milliseconds or a number, or <see cref="Category"/> is a name, as the chart's axis says.
/// A <see cref="Y"/> that is null or not <see cref="IsDrawable"/> is a gap.
/// </summary>
public sealed record ChartPoint
{
    /// <summary>Unix milliseconds (UTC) on a time axis, the number itself on a number axis, unused on a category axis.</summary>
    public double X { get; init; }

    /// <summary>The name of the point on a category axis. Any text; it is never read as markup.</summary>
    public string? Category { get; init; }

    /// <summary>The value in the stored unit of the chart; null where there is none.</summary>
    public double? Y { get; init; }

    /// <summary>Whether the bucket is partly outside the range or not over yet; it is drawn dotted or pale and named "partial".</summary>
    public bool Partial { get; init; }

    /// <summary>What the page knows this point by, handed back on click; for example a job or workflow id.</summary>
    public string? Key { get; init; }

    /// <summary>A colour of <see cref="ChartPalette"/> for this bar alone; null takes the colour of the series.</summary>
    public string? Color { get; init; }

    /// <summary>False for null, what is not finite, and for what is so large that the distance of two values may be no double.</summary>
    public static bool IsDrawable(double? value) => value is { } v && Math.Abs(v) < 1e300;

    /// <summary>A point on a time axis.</summary>
    public static ChartPoint At(DateTimeOffset time, double? y, bool partial = false, string? key = null) =>
        new() { X = time.ToUnixTimeMilliseconds(), Y = y, Partial = partial, Key = key };

    /// <summary>A point on a category axis.</summary>
    public static ChartPoint ForCategory(string category, double? y, string? key = null, string? color = null) =>
        new() { Category = category, Y = y, Key = key, Color = color };

    /// <summary>A point on a number axis.</summary>
    public static ChartPoint Xy(double x, double? y, string? key = null) => new() { X = x, Y = y, Key = key };
}

/// <summary>One series of a chart.</summary>
/// <param name="Key">Names the series within the chart: for hidden series, clicks and updates. Must be unique there.</param>
/// <param name="Name">What people read. Any text; it is never read as markup.</param>
/// <param name="Points">The points, in ascending order of X on time and number axes. Never changed once handed over.</param>
/// <param name="Color">A colour from <see cref="ChartPalette"/>; null takes one by the position of the series.</param>
/// <param name="Style">How it is drawn.</param>
public sealed record ChartSeries(
    string Key, string Name, IReadOnlyList<ChartPoint> Points, string? Color = null, ChartSeriesStyle Style = ChartSeriesStyle.Solid)
{
    /// <summary>The name as jobs report it, for the CSV file; null where <see cref="Name"/> serves there too.</summary>
    public string? ReportedName { get; init; }
}

/// <summary>A horizontal line at a value, in the unit of the chart.</summary>
public sealed record ChartThreshold(double Value, string Label, ChartSeverity Severity);

/// <summary>A vertical line at a moment of a time axis, for example a new version.</summary>
public sealed record ChartMarker(DateTimeOffset At, string Label);

/// <summary>A range of a time axis: <paramref name="From"/> inclusive, <paramref name="To"/> exclusive, both UTC.</summary>
public sealed record ChartRange(DateTimeOffset From, DateTimeOffset To);

/// <summary>A rectangle of a scatter chart in its own values, edges included.</summary>
public sealed record ChartArea(double XFrom, double XTo, double YFrom, double YTo);

/// <summary>A point of a chart that was clicked.</summary>
public sealed record ChartPointRef(string SeriesKey, ChartPoint Point);

/// <summary>
/// Everything a chart, its table and its export are drawn from. Immutable: a change is a new input, and the same content
/// in a new input is not drawn again.
/// </summary>
public sealed record ChartInput
{
    /// <summary>How the points are drawn.</summary>
    public required ChartKind Kind { get; init; }

    /// <summary>The series, in the order of the legend.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>What the X of the points is.</summary>
    public ChartAxis Axis { get; init; }

    public ValueUnit Unit { get; init; }

    /// <summary>The unit of X on a number axis.</summary>
    public ValueUnit XUnit { get; init; }

    /// <summary>What X is, for the axis, the table and the export; null says "Time (UTC)" on a time axis and "Name" elsewhere.</summary>
    public string? XTitle { get; init; }

    /// <summary>Whether the value axis starts at 0. True, except where small differences of a score are the point.</summary>
    public bool StartAtZero { get; init; } = true;

    /// <summary>The part of the time axis to show, also where there are no points; null fits the points.</summary>
    public ChartRange? Range { get; init; }

    /// <summary>How far points of a time axis are apart; null finds out from the points.</summary>
    public TimeGrain? Grain { get; init; }

    /// <summary>The bins of <see cref="ChartAxis.Bins"/>.</summary>
    public ChartBins? Bins { get; init; }

    /// <summary>Horizontal lines; one far from all values is named at the edge of the value axis.</summary>
    public IReadOnlyList<ChartThreshold> Thresholds { get; init; } = [];

    /// <summary>Vertical lines of a time axis.</summary>
    public IReadOnlyList<ChartMarker> Markers { get; init; } = [];

    /// <summary>Whether there is at least one value to draw.</summary>
    public bool HasValues => Series.Any(s => s.Points.Any(p => ChartPoint.IsDrawable(p.Y)));

    public string XName => XTitle ?? (Axis == ChartAxis.Time ? "Time (UTC)" : Axis == ChartAxis.Category ? "Name" : Axis == ChartAxis.Bins ? "Range" : "X");

    /// <summary>Whether the reader can choose the scale of the value axis: bars on names, distributions and parts of a whole have only one.</summary>
    public bool IsScalable => Axis is ChartAxis.Time or ChartAxis.Number && Kind is not (ChartKind.HorizontalBar or ChartKind.HorizontalStackedBar or ChartKind.Donut);

    /// <summary>Whether a logarithmic axis is among the choices: bars are compared by their length from 0.</summary>
    public bool CanBeLog => Kind is ChartKind.Line or ChartKind.Area or ChartKind.Scatter;

    /// <summary>The grain of the time axis: the one given, or that of the points.</summary>
    public TimeGrain TimeGrain => Grain ?? TimeLabel.GrainOf(Series);

    /// <summary>Whether another input would be drawn exactly like this one.</summary>
    public bool SameAs(ChartInput? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && this with { Series = [], Thresholds = [], Markers = [] } == other with { Series = [], Thresholds = [], Markers = [] }
            && Thresholds.SequenceEqual(other.Thresholds)
            && Markers.SequenceEqual(other.Markers)
            && Series.Count == other.Series.Count
            && Series.Zip(other.Series).All(pair => SameSeries(pair.First, pair.Second)));

    private static bool SameSeries(ChartSeries one, ChartSeries other) =>
        ReferenceEquals(one, other)
        || ((one.Key, one.Name, one.Color, one.Style) == (other.Key, other.Name, other.Color, other.Style)
            && (ReferenceEquals(one.Points, other.Points) || one.Points.SequenceEqual(other.Points)));
}
