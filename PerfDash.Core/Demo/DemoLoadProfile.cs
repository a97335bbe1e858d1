namespace PerfDash.Core.Demo;

/// <summary>When people send jobs: most in the afternoon of a weekday (UTC), few at night, fewer at weekends.</summary>
internal static class DemoLoadProfile
{
    private const double NightLevel = 0.3;
    private const double WeekendLevel = 0.4;

    /// <summary>How busy an hour is, relative to the busiest.</summary>
    public static double Level(DayOfWeek day, int hour)
    {
        var daylight = (1 + Math.Cos(2 * Math.PI * (hour - 14.5) / 24)) / 2;
        var level = NightLevel + (1 - NightLevel) * daylight;
        return day is DayOfWeek.Saturday or DayOfWeek.Sunday ? level * WeekendLevel : level;
    }

    /// <summary>The mean of <see cref="Level"/> over a week.</summary>
    public static double MeanLevel { get; } =
        Enum.GetValues<DayOfWeek>().SelectMany(_ => Enumerable.Range(0, 24), Level).Average();

    /// <summary>Exactly <paramref name="count"/> moments in order, spread over the span as the profile says.</summary>
    public static IEnumerable<DateTime> Moments(DateTime from, DateTime to, int count, Random random)
    {
        var hours = Hours(from, to);
        var totalWeight = hours.Sum(hour => hour.Weight);
        var index = 0;
        var weightBefore = 0.0;
        var quantile = 0.0;
        for (var left = count; left > 0; left--)
        {
            // The next of `left` uniform values above the last one, drawn in order so that nothing needs sorting.
            quantile = 1 - (1 - quantile) * Math.Pow(random.NextDouble(), 1.0 / left);
            var wanted = quantile * totalWeight;
            while (index < hours.Count - 1 && weightBefore + hours[index].Weight <= wanted)
                weightBefore += hours[index++].Weight;
            var (start, length, weight) = hours[index];
            var moment = start + length * Math.Clamp((wanted - weightBefore) / weight, 0, 1);
            yield return new DateTime(moment.Ticks - moment.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
        }
    }

    private static List<(DateTime Start, TimeSpan Length, double Weight)> Hours(DateTime from, DateTime to)
    {
        List<(DateTime, TimeSpan, double)> hours = [];
        for (var start = from; start < to;)
        {
            var nextHour = new DateTime(start.Ticks - start.Ticks % TimeSpan.TicksPerHour + TimeSpan.TicksPerHour, DateTimeKind.Utc);
            var end = nextHour < to ? nextHour : to;
            hours.Add((start, end - start, Level(start.DayOfWeek, start.Hour) * (end - start).TotalHours));
            start = end;
        }
        return hours;
    }
}
