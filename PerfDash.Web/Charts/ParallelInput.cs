namespace PerfDash.Web.Charts;

/// <summary>An upright axis of parallel coordinates.</summary>
/// <param name="Key">Names it within the figure.</param>
/// <param name="Name">As jobs report it; any text.</param>
/// <param name="Unit">The unit of its values.</param>
/// <param name="Min">The least value.</param>
/// <param name="Categories">Where its values are places in this list instead of numbers; null for numbers.</param>
public sealed record ParallelAxis(string Key, string Name, ValueUnit Unit, double Min, double Max, IReadOnlyList<string>? Categories = null)
{
    public string Label => DisplayName.From(Name);

    /// <summary>Where a value stands, 0 at the foot of the axis to 1 at its top; the middle where the axis has no length.</summary>
    public double Place(double value)
    {
        // As shares of the largest, whose differences are doubles also where those of the values are not.
        var scale = Math.Max(Math.Abs(Min), Math.Abs(Max));
        return Max > Min ? Math.Clamp(((value / scale) - (Min / scale)) / ((Max / scale) - (Min / scale)), 0, 1) : 0.5;
    }

    /// <summary>The value at a place.</summary>
    public double At(double place) => (Min * (1 - Math.Clamp(place, 0, 1))) + (Max * Math.Clamp(place, 0, 1));

    /// <summary>A value as people read it.</summary>
    public string Text(double? value) => value is not { } v ? UnitFormat.Missing
        : Categories is null ? UnitFormat.Format(v, Unit)
        : (int)Math.Round(v) is var i && i >= 0 && i < Categories.Count ? Categories[i] : UnitFormat.Missing;
}

/// <summary>One line: a job.</summary>
/// <param name="Key">What the page knows it by.</param>
/// <param name="Label">What people read; any text.</param>
/// <param name="Color">A colour of <see cref="ChartPalette"/>.</param>
/// <param name="Values">Its value on each axis; null breaks the line.</param>
public sealed record ParallelLine(string Key, string Label, string Color, IReadOnlyList<double?> Values);

/// <summary>A stretch of an axis, ends included: only lines through it are chosen.</summary>
public sealed record ParallelRange(string AxisKey, double Low, double High);

/// <summary>Lines over parallel axes.</summary>
public sealed record ParallelInput(IReadOnlyList<ParallelAxis> Axes, IReadOnlyList<ParallelLine> Lines)
{
    /// <summary>The lines that pass through every range; all where there is none. A range of an axis that is not shown does not count.</summary>
    public IReadOnlyList<ParallelLine> Through(IReadOnlyList<ParallelRange> ranges)
    {
        (int Axis, ParallelRange Range)[] known =
        [
            .. ranges.Select(r => (Axis: Axes.Index().Where(a => a.Item.Key == r.AxisKey).Select(a => a.Index).DefaultIfEmpty(-1).First(), r)).Where(r => r.Axis >= 0),
        ];
        return [.. Lines.Where(line => known.All(k => line.Values[k.Axis] is { } v && v >= k.Range.Low && v <= k.Range.High))];
    }
}
