using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Collection;

/// <summary>Reads the numeric fields of a result; each must be a number from 0 to its column's largest.</summary>
internal static class NumberReader
{
    public static double? Real(JsonElement result, string field, double largest, WarningList warnings)
    {
        if (JobResultReader.Reported(result, field) is not { } value || !IsNumber(value, field, warnings, out var number))
            return null;
        return InRange(number, largest, value, field, warnings) ? number : null;
    }

    /// <summary>A number for a whole-numbered column; a fraction is rounded, halves away from zero as PostgreSQL does.</summary>
    public static long? Rounded(JsonElement result, string field, long largest, WarningList warnings) =>
        ReadDecimal(result, field, largest, warnings) is { } number
            ? (long)Math.Round(number, MidpointRounding.AwayFromZero)
            : null;

    /// <summary>A count: a fraction of a frame is an error, 48.0 is not.</summary>
    public static long? Whole(JsonElement result, string field, long largest, WarningList warnings)
    {
        if (ReadDecimal(result, field, largest, warnings) is not { } number)
            return null;
        if (number == decimal.Truncate(number))
            return (long)number;
        warnings.Add(field, $"is {number.ToString(CultureInfo.InvariantCulture)}, not a whole number");
        return null;
    }

    /// <summary>True for a finite number; else adds a warning.</summary>
    public static bool IsNumber(JsonElement value, string field, WarningList warnings, out double number)
    {
        number = 0;
        if (value.ValueKind != JsonValueKind.Number)
        {
            warnings.Add(field, $"is {JobResultReader.Describe(value)}, not a number");
            return false;
        }

        if (value.TryGetDouble(out number) && double.IsFinite(number))
            return true;
        warnings.Add(field, "is too large");
        return false;
    }

    /// <summary>True from 0 to <paramref name="largest"/>; else adds a warning.</summary>
    public static bool InRange(double number, double largest, JsonElement value, string field, WarningList warnings)
    {
        if (number >= 0 && number <= largest)
            return true;
        warnings.Add(field, $"is {Shortened(value)}, outside 0 to {largest.ToString("G6", CultureInfo.InvariantCulture)}");
        return false;
    }

    // Beyond 2^53 a double would round a millisecond count; decimal holds every BIGINT exactly.
    private static decimal? ReadDecimal(JsonElement result, string field, long largest, WarningList warnings)
    {
        if (JobResultReader.Reported(result, field) is not { } value || !IsNumber(value, field, warnings, out var number))
            return null;
        if (!value.TryGetDecimal(out var exact))
        {
            if (!InRange(number, largest, value, field, warnings))
                return null;
            exact = (decimal)number;
        }

        if (exact >= 0 && Math.Round(exact, MidpointRounding.AwayFromZero) <= largest)
            return exact;
        warnings.Add(field, $"is {Shortened(value)}, outside 0 to {largest.ToString(CultureInfo.InvariantCulture)}");
        return null;
    }

    private static string Shortened(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 40 ? text : text[..40] + "…";
    }
}
