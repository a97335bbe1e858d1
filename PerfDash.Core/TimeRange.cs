using System.Globalization;
using System.Text.RegularExpressions;

namespace PerfDash.Core;

/// <summary>A stretch of time, <paramref name="From"/> inclusive to <paramref name="To"/> exclusive, both UTC.</summary>
/// <param name="From">First moment, UTC.</param>
/// <param name="To">The moment after the last, UTC.</param>
public readonly partial record struct TimeRange(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>What a range is when nothing is asked for: the last 30 days.</summary>
    public static readonly TimeSpan DefaultLength = TimeSpan.FromDays(30);

    /// <summary>How long it is.</summary>
    public TimeSpan Length => To - From;

    /// <summary>The equally long range that ends where this one starts, cut where time begins.</summary>
    public TimeRange Previous => Ending(From, Length);

    /// <summary>The range of a length that ends at a moment, cut where time begins.</summary>
    public static TimeRange Ending(DateTimeOffset to, TimeSpan length) => new(to - DateTimeOffset.MinValue > length ? to - length : DateTimeOffset.MinValue, to);

    /// <summary>
    /// Reads <c>from</c> and <c>to</c> as they stand in an address: ISO 8601 (UTC where no offset is given) or
    /// relative, <c>now</c> or <c>now-24h</c> (units m, h, d, w), also rounded down to a unit: <c>now/d</c> is the start of today (UTC),
    /// <c>now-1w/w</c> the Monday before this week's. What is absent: <c>to</c> is now and <c>from</c> is
    /// 30 days before <c>to</c>.
    /// </summary>
    /// <returns>The range, or errors by field: unreadable, or <c>from</c> not before <c>to</c>.</returns>
    public static (TimeRange Range, Dictionary<string, string[]> Errors) Parse(string? from, string? to, DateTimeOffset now)
    {
        var errors = new Dictionary<string, string[]>();
        var end = ReadMoment(to, now, "to", errors) ?? now;
        var start = ReadMoment(from, now, "from", errors) ?? (errors.Count == 0 && end - DateTimeOffset.MinValue > DefaultLength ? end - DefaultLength : end);
        if (errors.Count == 0 && start >= end)
            errors["from"] = ["from must be before to."];
        return (new TimeRange(start, end), errors);
    }

    /// <summary>Reads one moment as <see cref="Parse"/> does; null when it is not one.</summary>
    public static DateTimeOffset? ReadMoment(string text, DateTimeOffset now)
    {
        var relative = Relative().Match(text);
        if (relative.Success)
        {
            var ago = relative.Groups["n"].Success ? int.Parse(relative.Groups["n"].ValueSpan, CultureInfo.InvariantCulture) : 0;
            var moment = now - (ago * UnitLength(relative.Groups["unit"].Value));
            return relative.Groups["round"].Success ? RoundDown(moment.UtcDateTime, relative.Groups["round"].Value) : moment;
        }

        // A plus sign that was not escaped in an address arrives as a space.
        return ReadIso8601(UnescapedOffset().Replace(text, "+$1"));
    }

    private static TimeSpan UnitLength(string unit) => unit switch
    {
        "m" => TimeSpan.FromMinutes(1),
        "h" => TimeSpan.FromHours(1),
        "d" => TimeSpan.FromDays(1),
        _ => TimeSpan.FromDays(7),
    };

    private static DateTimeOffset RoundDown(DateTime moment, string unit) => unit == "w"
        ? moment.Date.AddDays(-(((int)moment.DayOfWeek + 6) % 7))
        : moment.AddTicks(-(moment.Ticks % UnitLength(unit).Ticks));

    /// <summary>Reads an ISO 8601 date or moment, UTC where no offset is given; null when it is none.</summary>
    public static DateTimeOffset? ReadIso8601(string text) =>
        Iso().IsMatch(text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment
            : null;

    private static DateTimeOffset? ReadMoment(string? text, DateTimeOffset now, string field, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var moment = ReadMoment(text.Trim(), now);
        if (moment is null)
            errors[field] = [$"{field} is not a date: use ISO 8601 such as 2026-11-24T08:00:00Z, or now-24h."];
        return moment;
    }

    [GeneratedRegex(@"^now(?:-(?<n>[0-9]{1,5})(?<unit>[mhdw]))?(?:/(?<round>[mhdw]))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Relative();

    [GeneratedRegex(@"(?<=[0-9]:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?) ([0-9]{2}(?::?[0-9]{2})?)$", RegexOptions.CultureInvariant)]
    private static partial Regex UnescapedOffset();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7}[0-9]*)?)?\s*(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Iso();
}
