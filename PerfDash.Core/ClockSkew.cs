namespace PerfDash.Core;

/// <summary>
/// Jobs that a host dates after now, because its clock is ahead or a date is wrong. They are recorded like any other and
/// count in the ranges they are dated in, but until their moment has come they are not the latest of anything: not for alerts,
/// estimates, change points or "last seen". This is the one place that says from when on a date is ahead.
/// </summary>
public static class ClockSkew
{
    /// <summary>How far a date may be after now and still count as now: clocks of machines differ by seconds.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>
    /// SQL that stands after a moment: <c>m.created_at {ClockSkew.NotAhead}</c>. By the database's clock, which all instances share;
    /// and not before the years .NET knows.
    /// </summary>
    public const string NotAhead = "BETWEEN '0001-01-01 00:00:00+00' AND now() + INTERVAL '5 minutes'";

    /// <summary>The latest moment that counts as present, UTC.</summary>
    public static DateTime Latest(TimeProvider time) => time.GetUtcNow().UtcDateTime + Tolerance;

    /// <summary>Whether a moment is dated after another by more than <see cref="Tolerance"/>.</summary>
    public static bool IsAhead(DateTime moment, DateTime now) => moment - now > Tolerance;

    /// <summary>The part of a range that is not ahead of now; an empty one at its start where all of it is.</summary>
    public static TimeRange Present(TimeRange range, TimeProvider time)
    {
        var latest = time.GetUtcNow() + Tolerance;
        return range.To <= latest ? range : range with { To = range.From > latest ? range.From : latest };
    }
}
