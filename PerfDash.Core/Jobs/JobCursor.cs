using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace PerfDash.Core.Jobs;

/// <summary>
/// Where a page of jobs ended: the sort and range of the first page, and the key of the last job. Opaque to callers.
/// </summary>
/// <param name="Range">The range: a default one moves with the clock, the pages of one list must not.</param>
/// <param name="Value">Sorted value of the last job, as text; null where it has none.</param>
/// <param name="JobId">The last job.</param>
internal sealed record JobCursor(JobSort Sort, TimeRange Range, string? Value, long JobId)
{
    private const char Separator = '|';
    private const string NoValue = "-";

    /// <summary>Text for an address.</summary>
    public string Write() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(
        Separator,
        Sort.Word,
        Range.From.UtcTicks.ToString(CultureInfo.InvariantCulture),
        Range.To.UtcTicks.ToString(CultureInfo.InvariantCulture),
        Value is null ? NoValue : "=" + Value,
        JobId.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Reads what <see cref="Write"/> wrote; null for anything else.</summary>
    public static JobCursor? Read(string text)
    {
        if (!Base64Url.IsValid(text))
            return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(Separator);
        if (parts.Length != 5
            || JobSort.Read(parts[0]) is not { } sort
            || ReadMoment(parts[1]) is not { } from
            || ReadMoment(parts[2]) is not { } to
            || from >= to
            || !long.TryParse(parts[4], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var jobId))
        {
            return null;
        }

        var cursor = new JobCursor(sort, new TimeRange(from, to), parts[3] is ['=', .. var value] ? value : null, jobId);
        return parts[3] == NoValue || cursor.Parameter() is not null ? cursor : null;
    }

    /// <summary>The value of a job as text that <see cref="Parameter"/> reads back exactly.</summary>
    public static string? TextOf(object? value) => value switch
    {
        null => null,
        DateTime moment => moment.Ticks.ToString(CultureInfo.InvariantCulture),
        float real => real.ToString("R", CultureInfo.InvariantCulture),
        double real => real.ToString("R", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"No job is sorted by a {value.GetType().Name}.", nameof(value)),
    };

    /// <summary>The value in the type of its column; null where there is none or it cannot be read.</summary>
    public object? Parameter() => Sort.Field switch
    {
        "created_at" => Value is { } text && ReadMoment(text) is { } moment ? moment.UtcDateTime : null,
        "time_per_frame_ms" => float.TryParse(Value, CultureInfo.InvariantCulture, out var real) ? real : null,
        "likeness" => double.TryParse(Value, CultureInfo.InvariantCulture, out var real) ? real : null,
        _ => long.TryParse(Value, CultureInfo.InvariantCulture, out var whole) ? whole : null,
    };

    private static DateTimeOffset? ReadMoment(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : null;
}
