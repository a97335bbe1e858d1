using System.Globalization;

namespace PerfDash.Web.Charts;

/// <summary>A sparkline as SVG: lines between neighbouring values, dots where a value stands alone, and its words.</summary>
/// <param name="Lines">Points of each unbroken line.</param>
/// <param name="Dots">Single values.</param>
/// <param name="Label">What it shows: first, last, lowest and highest value.</param>
public sealed record SparklineDrawing(IReadOnlyList<string> Lines, IReadOnlyList<string> Dots, string Label)
{
    /// <summary>Width of the drawing's own units.</summary>
    public const int Width = 100;

    /// <summary>Height of the drawing's own units.</summary>
    public const int Height = 24;

    // Room for the width of the line.
    private const double Margin = 2;

    /// <summary>Draws it; null where there is no value.</summary>
    public static SparklineDrawing? From(IReadOnlyList<double?> values, string name, ValueUnit unit)
    {
        double[] known = [.. values.Where(v => ChartPoint.IsDrawable(v)).Select(v => v!.Value)];
        if (known.Length == 0)
            return null;
        var (low, high) = (known.Min(), known.Max());
        // A tenth of the value is the least height: noise must not look like a mountain.
        var span = Math.Max(high - low, Math.Abs(high) * 0.1);
        var (middle, step) = ((low + high) / 2, values.Count > 1 ? (double)Width / (values.Count - 1) : 0);

        var (lines, dots, run) = (new List<string>(), new List<string>(), new List<string>());
        for (var i = 0; i <= values.Count; i++)
        {
            if (i < values.Count && values[i] is { } value && ChartPoint.IsDrawable(value))
            {
                run.Add(string.Create(CultureInfo.InvariantCulture, $"{i * step:0.##},{Y(value):0.##}"));
                continue;
            }

            if (run.Count == 1)
                dots.Add($"{run[0]} {run[0]}");
            else if (run.Count > 1)
                lines.Add(string.Join(' ', run));
            run.Clear();
        }

        return new(lines, dots, known.Length == 1
            ? $"{name}: {Text(known[0])}"
            : $"{name}: from {Text(known[0])} to {Text(known[^1])}, lowest {Text(low)}, highest {Text(high)}");

        double Y(double value) => span == 0 ? Height / 2d : (Height / 2d) - ((value - middle) / span * (Height - (2 * Margin)));

        string Text(double value) => UnitFormat.Format(value, unit);
    }
}
