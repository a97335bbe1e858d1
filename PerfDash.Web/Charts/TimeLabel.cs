using System.Globalization;

namespace PerfDash.Web.Charts;

/// <summary>How far the points of a time axis are apart, and so how a moment is named.</summary>
public enum TimeGrain
{
    /// <summary>Less than a day: <c>24 Nov 2026, 14:00 UTC</c>.</summary>
    Hour,

    /// <summary>Days: <c>Tue 24 Nov 2026</c>.</summary>
    Day,

    /// <summary>Weeks from Monday: <c>Week of 23 Nov 2026</c>.</summary>
    Week,

    /// <summary>Months: <c>Nov 2026</c>.</summary>
    Month,
}

/// <summary>Names moments of a time axis, in UTC and the invariant culture. <c>unit-format.js</c> says the same in the browser.</summary>
public static class TimeLabel
{
    private const double DayMs = 86_400_000;

    /// <summary>The name of a moment given in Unix milliseconds.</summary>
    public static string Format(double unixMs, TimeGrain grain) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)unixMs).ToString(
            grain switch
            {
                TimeGrain.Month => "MMM yyyy",
                TimeGrain.Week => "'Week of 'd MMM yyyy",
                TimeGrain.Day => "ddd d MMM yyyy",
                _ => "d MMM yyyy, HH:mm 'UTC'",
            },
            CultureInfo.InvariantCulture);

    /// <summary>The grain of points: from the smallest bucket between neighbours of one series; hours where there is none.</summary>
    public static TimeGrain GrainOf(IEnumerable<ChartSeries> series)
    {
        var step = series
            .SelectMany(s => s.Points.Zip(s.Points.Skip(1), (a, b) => b.X - a.X))
            .Where(gap => gap > 0)
            .DefaultIfEmpty(0)
            .Min();
        return (step / DayMs) switch
        {
            < 1 => TimeGrain.Hour,
            < 7 => TimeGrain.Day,
            < 28 => TimeGrain.Week,
            _ => TimeGrain.Month,
        };
    }
}
