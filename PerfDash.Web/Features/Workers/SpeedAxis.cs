using System.Globalization;
using PerfDash.Core.Workers;

namespace PerfDash.Web.Features.Workers;

/// <summary>The axis that the speeds of a table are drawn on: logarithmic, so that twice as fast is as far as half as fast.</summary>
/// <param name="Low">Its start, above 0.</param>
/// <param name="High">Its end, greater.</param>
public sealed record SpeedAxis(double Low, double High)
{
    // Two workers that hardly differ must not look far apart.
    private const double LeastReach = 1.1;

    /// <summary>The axis that holds all speeds with their intervals, and 1.</summary>
    public static SpeedAxis From(IEnumerable<(double? Speed, SpeedInterval? Interval)> speeds)
    {
        double[] ends =
        [
            .. speeds.SelectMany(s => new[] { s.Speed, s.Interval?.Low, s.Interval?.High }).OfType<double>().Where(v => double.IsFinite(v) && v > 0),
            1 / LeastReach, LeastReach,
        ];
        return new SpeedAxis(ends.Min(), ends.Max());
    }

    /// <summary>Where a speed stands, for CSS.</summary>
    public string Place(double speed) => Css(Part(speed));

    /// <summary>How far two speeds are apart, for CSS.</summary>
    public string Width(double from, double to) => Css(Part(to) - Part(from));

    private double Part(double speed) => Math.Clamp(Math.Log(Math.Max(speed, double.Epsilon) / Low) / Math.Log(High / Low), 0, 1);

    private static string Css(double part) => string.Create(CultureInfo.InvariantCulture, $"{part * 100:0.##}%");
}
