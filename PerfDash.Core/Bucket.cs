namespace PerfDash.Core;

/// <summary>The width of the buckets of a series.</summary>
public enum Bucket
{
    /// <summary>Minutes; on pages only, for ranges of hours.</summary>
    Minute,

    /// <summary>Clock hours.</summary>
    Hour,

    /// <summary>Calendar days of the chosen time zone.</summary>
    Day,

    /// <summary>Weeks from Monday.</summary>
    Week,

    /// <summary>Calendar months.</summary>
    Month,
}

/// <summary>Words and sizes of <see cref="Bucket"/>.</summary>
public static class Buckets
{
    /// <summary>The word used in addresses, answers and by PostgreSQL's <c>date_trunc</c>.</summary>
    public static string Word(this Bucket bucket) => bucket switch
    {
        Bucket.Minute => "minute",
        Bucket.Hour => "hour",
        Bucket.Day => "day",
        Bucket.Week => "week",
        _ => "month",
    };

    /// <summary>Reads the word; null when it is none.</summary>
    public static Bucket? Read(string? word) => word switch
    {
        "minute" => Bucket.Minute,
        "hour" => Bucket.Hour,
        "day" => Bucket.Day,
        "week" => Bucket.Week,
        "month" => Bucket.Month,
        _ => null,
    };

    /// <summary>A width that gives a readable number of points: minutes up to six hours, hours up to a week, days up to half a year, then weeks.</summary>
    public static Bucket For(TimeRange range) =>
        range.Length <= TimeSpan.FromHours(6) ? Bucket.Minute
        : range.Length <= TimeSpan.FromDays(7) ? Bucket.Hour
        : range.Length <= TimeSpan.FromDays(190) ? Bucket.Day
        : range.Length <= TimeSpan.FromDays(1100) ? Bucket.Week
        : Bucket.Month;

    /// <summary>Shortest possible length of one bucket; bounds the number of points a range can have.</summary>
    public static TimeSpan ShortestLength(this Bucket bucket) => bucket switch
    {
        Bucket.Minute => TimeSpan.FromMinutes(1),
        Bucket.Hour => TimeSpan.FromHours(1),
        Bucket.Day => TimeSpan.FromHours(23),
        Bucket.Week => TimeSpan.FromHours((7 * 24) - 1),
        _ => TimeSpan.FromDays(28),
    };
}
