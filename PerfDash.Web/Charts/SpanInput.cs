namespace PerfDash.Web.Charts;

/// <summary>What a bar of a <see cref="SpanInput"/> says.</summary>
public enum SpanTone
{
    /// <summary>Neither good nor bad.</summary>
    Neutral,

    /// <summary>A sum that the other bars lead to or start from.</summary>
    Total,

    Better,

    Worse,
}

/// <summary>A bar that need not start at the axis, with an interval where there is one.</summary>
/// <param name="Group">A heading over this and the following rows; any text.</param>
/// <param name="Label">What it is; any text.</param>
/// <param name="Text">Its figure as people read it.</param>
/// <param name="From">Where it starts; null where there is no bar.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Tone">What it says.</param>
public sealed record SpanRow(string? Group, string Label, string Text, double? From, double? To, SpanTone Tone)
{
    /// <summary>Lower end of the interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the interval.</summary>
    public double? High { get; init; }

    /// <summary>A colour of <see cref="ChartPalette"/>; null takes that of the tone.</summary>
    public string? Color { get; init; }

    /// <summary>The tone in a word, such as <c>better</c>; null says nothing.</summary>
    public string? Word { get; init; }
}

/// <summary>Lying bars on one axis: differences with their intervals, or a waterfall.</summary>
/// <param name="Rows">The bars.</param>
/// <param name="Unit">The unit of the axis.</param>
/// <param name="Axis">Where the axis starts and ends, and its ticks.</param>
/// <param name="Reference">A line to compare with; null draws none.</param>
public sealed record SpanInput(IReadOnlyList<SpanRow> Rows, ValueUnit Unit, SpanAxis Axis, double? Reference = null)
{
    /// <summary>The rows as CSV, in the stored unit.</summary>
    public string ToCsv()
    {
        var group = "";
        return TableCsv.Write(
            ["Group", "Name", "From", "To", "Interval low", "Interval high", "Verdict"],
            Rows.Select(row => (IEnumerable<object?>)[group = row.Group ?? group, row.Label, row.From, row.To, row.Low, row.High, row.Word]));
    }
}

/// <summary>A value axis that ends on round figures. A bar that reaches beyond either end is drawn with a break there; its figure stands beside it.</summary>
/// <param name="Min">Its start.</param>
/// <param name="Max">Its end, greater.</param>
/// <param name="Ticks">Where it is labelled.</param>
public sealed record SpanAxis(double Min, double Max, IReadOnlyList<double> Ticks)
{
    private const int MostTicks = 6;

    // So many times as far out as the next, a bar would press all others into a corner.
    private const double FarRatio = 4;

    /// <summary>The axis that holds all finite <paramref name="values"/>, within <paramref name="least"/> and <paramref name="most"/>.</summary>
    public static SpanAxis From(IEnumerable<double?> values, double least = double.NegativeInfinity, double most = double.PositiveInfinity)
    {
        double[] known = [.. values.Where(v => v is { } x && double.IsFinite(x)).Select(v => Math.Clamp(v!.Value, least, most))];
        var (low, high) = known.Length == 0 ? (0, 1) : (known.Min(), known.Max());
        if (high - low < 1e-9 * Math.Max(1, Math.Abs(high)))
            (low, high) = (low - 0.5, high + 0.5);
        var raw = (high - low) / (MostTicks - 1);
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = new[] { 1, 2, 2.5, 5, 10 }.Select(f => f * power).First(s => s >= raw * (1 - 1e-9));
        var (from, to) = (Math.Floor((low / step) + 1e-9), Math.Ceiling((high / step) - 1e-9));
        return new SpanAxis(from * step, to * step, [.. Enumerable.Range(0, (int)(to - from) + 1).Select(i => (from + i) * step)]);
    }

    /// <summary>
    /// How far an axis should reach above <paramref name="reference"/> for bars that end at <paramref name="ends"/>: to the farthest, but where up to
    /// a quarter of them end more than four times as far out as all the rest, only to the rest, and at least to <paramref name="least"/>.
    /// </summary>
    public static double ReachOf(IEnumerable<double?> ends, double reference, double least)
    {
        double[] sorted = [.. ends.OfType<double>().Where(double.IsFinite).Where(e => e > reference).Order()];
        var kept = Enumerable.Range(1, sorted.Length).Where(count => sorted.Length - count <= Math.Max(1, sorted.Length / 4))
            .FirstOrDefault(count => count < sorted.Length && sorted[count] - reference > FarRatio * (Math.Max(sorted[count - 1], least) - reference), sorted.Length);
        // A single bar has no rest to be compared with.
        return Math.Max(least, kept == 0 ? least : sorted[kept - 1]);
    }

    /// <summary>Where a value stands, in percent of the axis, cut at its ends.</summary>
    public double Place(double value) => Math.Clamp((value - Min) / (Max - Min) * 100, 0, 100);

    /// <summary>Whether a value lies beyond the end of the axis.</summary>
    public bool IsAbove(double value) => value > Max * (1 + 1e-9);

    /// <summary>Whether a value lies before its start.</summary>
    public bool IsBelow(double value) => value < Min - (1e-9 * Math.Abs(Min));
}
