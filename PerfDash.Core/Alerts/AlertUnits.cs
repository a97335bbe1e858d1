using System.Globalization;
using System.Text.RegularExpressions;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts;

/// <summary>
/// How what rules watch is written for people, and read from them: <c>5 min</c>, <c>1.5 s</c>, <c>18 GB</c>, <c>85 %</c>. The one
/// place for it: notifications, pages, dialogs and the audit trail use it. <see cref="Read"/> is the inverse of <see cref="Limit"/>.
/// </summary>
public static partial class AlertUnits
{
    private const double MsPerMinute = 60_000;

    // Beyond this many years a duration is only its digits.
    private const double MostMs = 1e12;

    // The largest first; sizes in milliseconds, MB (2^20 bytes) and shares.
    private static readonly Unit[] Durations =
    [
        new(86_400_000, "d", "day", "days"), new(3_600_000, "h", "hour", "hours"), new(MsPerMinute, "min", "m", "minute", "minutes"),
        new(1000, "s", "sec", "second", "seconds"), new(1, "ms"),
    ];

    private static readonly Unit[] Memory = [new(1024 * 1024, "TB", "TiB", "T"), new(1024, "GB", "GiB", "G"), new(1, "MB", "MiB", "M")];
    private static readonly Unit[] Shares = [new(0.01, "%")];

    /// <summary>A limit as it was set, without rounding.</summary>
    /// <param name="limit">As stored: in the metric's unit, a share from 0 to 1, or minutes.</param>
    /// <param name="measured">A word of <see cref="AlertMetric"/>, or <c>failed_share</c> or <c>silence</c>.</param>
    public static string Limit(float limit, string? measured) => Exact(limit, measured, "#,0.############################");

    /// <summary>What a value breaches a limit by.</summary>
    public static string Side(AlertDirection direction) => direction == AlertDirection.Below ? "at or below" : "at or above";

    /// <summary>A limit as it stands in a field: likewise, in digits <see cref="Read"/> takes; blank for none.</summary>
    public static string FieldText(float? limit, string? measured) => limit is { } set ? Exact(set, measured, "0.############################") : "";

    /// <summary>A measured value, rounded to what people read in a sentence.</summary>
    public static string Value(double value, string? measured) => UnitsOf(measured) switch
    {
        _ when !double.IsFinite(value) => value.ToString(CultureInfo.InvariantCulture),
        var units when units == Durations => Duration(measured == AlertMetric.Silence ? value * MsPerMinute : value),
        var units when units == Memory => Math.Abs(value) < 1023.5 ? $"{Rounded(value, 0)} MB" : $"{Rounded(value / 1024, 1)} GB",
        var units when units == Shares => $"{Rounded(value * 100, 1)} %",
        _ => Rounded(value, 3),
    };

    /// <summary>A duration in milliseconds, rounded: <c>812.5 ms</c>, <c>12.63 s</c>, <c>5 min</c>, <c>1 h 5 min</c>.</summary>
    public static string Duration(double milliseconds)
    {
        if (milliseconds < 0)
            return "-" + Duration(-milliseconds);
        if (Math.Round(milliseconds, 1) < 1000)
            return $"{Rounded(milliseconds, milliseconds < 10 ? 3 : 1)} ms";
        if (Math.Round(milliseconds / 1000, 2) < 60)
            return $"{Rounded(milliseconds / 1000, 2)} s";
        // Two units, of which the second is rounded; an hour has no 60th minute.
        var i = Math.Round(milliseconds / 1000) < 3600 ? 2 : Math.Round(milliseconds / MsPerMinute) < 1440 ? 1 : 0;
        var second = Durations[i + 1].Size;
        var rounded = Math.Round(milliseconds / second) * second;
        var whole = Math.Floor(rounded / Durations[i].Size);
        var rest = Math.Round((rounded - (whole * Durations[i].Size)) / second);
        return $"{whole.ToString("#,0", CultureInfo.InvariantCulture)} {Durations[i].Name}" + (rest == 0 ? "" : $" {rest:0} {Durations[i + 1].Name}");
    }

    /// <summary>What may be typed as a limit, for a field's help.</summary>
    public static string Examples(string? measured) => UnitsOf(measured) switch
    {
        var units when units == Durations => measured == AlertMetric.Silence
            ? "For example 30m or 1h 30m. Without a unit: minutes."
            : "For example 800 ms, 1.5 s or 2m. Without a unit: ms.",
        var units when units == Memory => "For example 18 GB or 900 MB. Without a unit: MB.",
        var units when units == Shares => "For example 5 %. Without a unit: percent.",
        _ => "A plain number, for example 0.85.",
    };

    /// <summary>
    /// Reads what was typed: a number in the metric's unit, with a unit (<c>90s</c>, <c>1.5 s</c>, <c>18 GB</c>, <c>85 %</c>), or
    /// several from the largest on (<c>1h 5m</c>).
    /// </summary>
    /// <returns>The limit as stored, null for a blank field; or what is wrong.</returns>
    public static (float? Limit, string? Error) Read(string? text, string? measured)
    {
        text = text?.Trim() ?? "";
        if (measured == "time_per_frame_ms" && PerFrame().Match(text) is { Success: true } per)
            text = text[..per.Index].TrimEnd();
        if (text.Length == 0)
            return (null, null);
        if (text.Contains(',', StringComparison.Ordinal))
            return (null, "Use a decimal point and no thousands separators.");
        var units = UnitsOf(measured);
        if (PartsOf().Match(text) is not { Success: true } match)
            return (null, text.Any(char.IsDigit) ? Wrong(text, units) : UnknownUnit(text, units));
        var (numbers, names) = (match.Groups["number"].Captures, match.Groups["unit"].Captures);
        var sum = 0d;
        for (int i = 0, before = -1; i < numbers.Count; i++)
        {
            var number = double.Parse(numbers[i].Value, CultureInfo.InvariantCulture);
            if (names[i].Length == 0)
                return numbers.Count > 1 ? (null, $"Give each number a unit, for example {(units == Durations ? "1h 5m" : units.Length > 0 ? $"2 {units[0].Name}" : "0.85")}.") : Stored(numbers[i].Value, number * SizeOfPlain(measured), measured);
            var unit = Array.FindIndex(units, u => u.IsCalled(names[i].Value));
            if (unit < 0)
                return (null, UnknownUnit(names[i].Value, units));
            if (unit <= before)
                return (null, "Enter the larger unit first, and each unit once.");
            (sum, before) = (sum + (number * units[unit].Size), unit);
        }

        return Stored(numbers[0].Value, sum, measured, numbers.Count == 1 && SizeOf(names[0].Value, units) == SizeOfPlain(measured));
    }

    // A limit in the stored unit is read as a REAL at once, so that what is stored is what was typed.
    private static (float? Limit, string? Error) Stored(string digits, double inSmallest, string? measured, bool isPlain = true)
    {
        var stored = measured == AlertMetric.Silence ? inSmallest / MsPerMinute : inSmallest;
        var real = isPlain && measured is not AlertMetric.FailedShare ? float.Parse(digits, CultureInfo.InvariantCulture) : (float)stored;
        return float.IsFinite(real) ? (real, null) : (null, "The value is too large.");
    }

    private static string Exact(float limit, string? measured, string format)
    {
        var stored = AlertMetric.AsWritten(limit);
        if (!double.IsFinite(stored))
            return stored.ToString(CultureInfo.InvariantCulture);
        if (stored < 0)
            return "-" + Exact(-limit, measured, format);
        var units = UnitsOf(measured);
        var value = measured == AlertMetric.Silence ? stored * MsPerMinute : stored;
        if (units == Durations)
            return ExactDuration(value, format);
        foreach (var unit in units)
        {
            if (value >= unit.Size && HasDecimals(value / unit.Size, 3))
                return $"{Digits(Math.Round(value / unit.Size, 3), format)} {unit.Name}";
        }

        return units is [.., var smallest] ? $"{Digits(value, format, perUnit: 1 / smallest.Size)} {smallest.Name}" : Digits(value, format);
    }

    private static string ExactDuration(double ms, string format)
    {
        if (ms < MostMs && Array.Find(Durations, u => ms >= u.Size) is { } largest)
        {
            var decimals = largest.Size > 1000 ? 1 : 3;
            if (HasDecimals(ms / largest.Size, decimals))
                return $"{Digits(Math.Round(ms / largest.Size, decimals), format)} {largest.Name}";
            if (largest.Size > 1000 && HasDecimals(ms / 1000, 3))
                return Parts(ms, format);
        }

        return $"{Digits(ms, format)} ms";
    }

    // 1 h 5 min 3.25 s
    private static string Parts(double ms, string format)
    {
        var rest = (decimal)Math.Round(ms / 1000, 3);
        var parts = new List<string>();
        foreach (var unit in Durations[..4])
        {
            var size = (decimal)(unit.Size / 1000);
            var count = unit.Size == 1000 ? rest : Math.Floor(rest / size);
            rest -= count * size;
            if (count > 0)
                parts.Add($"{count.ToString(format, CultureInfo.InvariantCulture)} {unit.Name}");
        }

        return string.Join(' ', parts);
    }

    private static bool HasDecimals(double value, int decimals) => Math.Abs(value - Math.Round(value, decimals)) <= Math.Abs(value) * 1e-10;

    // In full where a decimal can hold it.
    private static string Digits(double value, string format, double perUnit = 1) => value is 0 or (> 1e-15 and < 1e25)
        ? ((decimal)value * (decimal)perUnit).ToString(format, CultureInfo.InvariantCulture)
        : (value * perUnit).ToString("R", CultureInfo.InvariantCulture);

    private static string Rounded(double value, int decimals) => Math.Round(value, decimals).ToString(decimals == 0 ? "#,0" : "#,0.###", CultureInfo.InvariantCulture);

    private static Unit[] UnitsOf(string? measured) => measured switch
    {
        "time_per_frame_ms" or "total_gpu_time_ms" or "total_wall_time_ms" or AlertMetric.Silence => Durations,
        "vram_peak_mb" => Memory,
        AlertMetric.FailedShare => Shares,
        _ => [],
    };

    private static double SizeOf(string name, Unit[] units) => Array.Find(units, u => u.IsCalled(name))!.Size;

    /// <summary>What a number without a unit is in.</summary>
    private static double SizeOfPlain(string? measured) => measured switch
    {
        AlertMetric.Silence => MsPerMinute,
        AlertMetric.FailedShare => Shares[0].Size,
        _ => 1,
    };

    private static string UnknownUnit(string name, Unit[] units) => units.Length == 0
        ? "Enter a number without a unit."
        : $"“{name}” is not a valid unit. Use {string.Join(", ", units.Reverse().Select(u => u.Name))}.";

    private static string Wrong(string text, Unit[] units) => units.Length == 0
        ? $"“{text}” is not a number."
        : $"“{text}” is not a valid value. Enter a number and a unit: {string.Join(", ", units.Reverse().Select(u => u.Name))}.";

    [GeneratedRegex(@"\s*(/|per)\s*frame$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PerFrame();

    // Atomic, so that no text makes it try every way to cut the digits.
    [GeneratedRegex(@"^(?>\s*(?<number>[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?)\s*(?<unit>%|\p{L}*))+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PartsOf();

    private sealed record Unit(double Size, string Name, params string[] Others)
    {
        public bool IsCalled(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase) || Others.Contains(name, StringComparer.OrdinalIgnoreCase);
    }
}
