namespace PerfDash.Core;

/// <summary>The buckets of the UTC calendar that a range touches.</summary>
public static class UtcBuckets
{
    /// <summary>Where each bucket starts, oldest first; the first may start before the range.</summary>
    public static IEnumerable<DateTime> StartsIn(TimeRange range, Bucket bucket)
    {
        var end = range.To.UtcDateTime;
        for (var start = StartOf(range.From.UtcDateTime, bucket); start < end; start = End(start, bucket))
        {
            yield return start;
            if (start > DateTime.MaxValue.AddDays(-32))
                yield break;
        }
    }

    /// <summary>Where the bucket ends that starts at <paramref name="start"/>.</summary>
    public static DateTime End(DateTime start, Bucket bucket) => bucket switch
    {
        Bucket.Minute => start.AddMinutes(1),
        Bucket.Hour => start.AddHours(1),
        Bucket.Day => start.AddDays(1),
        Bucket.Week => start.AddDays(7),
        _ => start.AddMonths(1),
    };

    private static DateTime StartOf(DateTime moment, Bucket bucket) => bucket switch
    {
        Bucket.Minute => moment.Date.AddMinutes((moment.Hour * 60) + moment.Minute),
        Bucket.Hour => moment.Date.AddHours(moment.Hour),
        Bucket.Day => moment.Date,
        Bucket.Week => moment.Date.AddDays(-Math.Min((moment.Date - DateTime.MinValue).Days, ((int)moment.DayOfWeek + 6) % 7)),
        _ => new DateTime(moment.Year, moment.Month, 1, 0, 0, 0, DateTimeKind.Utc),
    };
}
