using System.Globalization;

namespace PerfDash.Core.Ingest.Import;

/// <summary>A moment of a job, from cells.</summary>
/// <param name="Template">What it is made of.</param>
/// <param name="Format">How it is written.</param>
internal sealed record MomentSource(CellTemplate Template, MomentFormat Format)
{
    /// <summary>The moment, or null when the cells are empty.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public DateTimeOffset? Read(string field, Func<string, string?> cell) => Template.Read(cell) switch
    {
        null => null,
        var text => Format.Read(text) ?? throw new FormatException($"{field} \"{text}\" is not a date and time ({Format})"),
    };
}

/// <summary>How moments are written.</summary>
/// <param name="Patterns"><c>iso</c>, <c>unix_seconds</c>, <c>unix_ms</c>, or a pattern such as <c>dd.MM.yyyy HH:mm</c>; the first that fits counts.</param>
/// <param name="Zone">Where the clocks stood that wrote no offset.</param>
internal sealed record MomentFormat(IReadOnlyList<string> Patterns, TimeZoneInfo Zone)
{
    /// <summary>ISO 8601, UTC where no offset is given.</summary>
    public static MomentFormat Iso { get; } = new(["iso"], TimeZoneInfo.Utc);

    /// <summary>Whether a pattern can be read back with its date whole.</summary>
    public static bool IsPattern(string pattern)
    {
        if (pattern is "iso" or "unix_seconds" or "unix_ms")
            return true;
        try
        {
            var sample = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
            return DateTimeOffset.TryParseExact(
                    sample.ToString(pattern, CultureInfo.InvariantCulture), pattern, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read)
                && read.UtcDateTime.Date == sample.Date;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>The moment in UTC, or null when the text is none, or names an hour the zone's clocks skipped.</summary>
    public DateTimeOffset? Read(string text)
    {
        foreach (var pattern in Patterns)
        {
            var moment = pattern switch
            {
                "iso" => ReadIso(text),
                "unix_seconds" => ReadUnix(text, TimeSpan.TicksPerSecond),
                "unix_ms" => ReadUnix(text, TimeSpan.TicksPerMillisecond),
                _ => ReadPattern(text, pattern),
            };
            if (moment is not null)
                return moment;
        }

        return null;
    }

    public override string ToString() => $"{string.Join(" or ", Patterns)}, {Zone.Id}";

    private DateTimeOffset? ReadIso(string text) =>
        TimeRange.ReadIso8601(text) is not { } moment ? null
        : DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var clock) && clock.Kind == DateTimeKind.Unspecified ? OfClock(clock)
        : moment;

    private DateTimeOffset? ReadPattern(string text, string pattern) =>
        !DateTime.TryParseExact(text, pattern, CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock) ? null
        : clock.Kind == DateTimeKind.Unspecified ? OfClock(clock)
        : DateTimeOffset.ParseExact(text, pattern, CultureInfo.InvariantCulture).ToUniversalTime();

    private static DateTimeOffset? ReadUnix(string text, long ticks) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && Math.Abs(number) < (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / ticks
        && DateTimeOffset.UnixEpoch.Ticks + (number * ticks) >= 0
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(number * ticks))
            : null;

    private DateTimeOffset? OfClock(DateTime clock)
    {
        if (Zone.IsInvalidTime(clock))
            return null;
        var ticks = clock.Ticks - Zone.GetUtcOffset(clock).Ticks;
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }
}
