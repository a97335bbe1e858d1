using System.Globalization;
using PerfDash.Core.Alerts;
using PerfDash.Core.Metrics;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Features.Alerts;

/// <summary>
/// How what rules watch is called, written and read: values as on every page, limits exactly as they were set, since
/// a rounded limit would seem to fire too early or too late.
/// </summary>
public static class AlertMeasure
{
    private const string ScorePrefix = "quality.";

    private static readonly Unit[] Durations = [new("h", 3_600_000), new("min", 60_000), new("s", 1000), new("ms", 1)];
    private static readonly Unit[] Memory = [new("GB", 1024), new("MB", 1)];
    private static readonly Unit[] Shares = [new("%", 0.01)];
    private static readonly Unit[] Minutes = [new("h", 60), new("min", 1)];

    /// <summary>What people call it: a metric's word, or <c>failed_share</c> or <c>silence</c>.</summary>
    public static string NameOf(string? metric) => metric switch
    {
        "time_per_frame_ms" => "Time per frame",
        "total_gpu_time_ms" => "GPU time",
        "total_wall_time_ms" => "Wall time",
        "vram_peak_mb" => "Peak VRAM",
        WindowRuleKind.FailedShare => "Share of failed jobs",
        WindowRuleKind.Silence => "Silence",
        _ => ScoreOf(metric) is { } score ? DisplayName.From(score) : metric ?? "",
    };

    /// <summary>The score's name in <c>quality.NAME</c>; null for anything else.</summary>
    public static string? ScoreOf(string? metric) =>
        metric?.StartsWith(ScorePrefix, StringComparison.Ordinal) is true && metric.Length > ScorePrefix.Length ? metric[ScorePrefix.Length..] : null;

    /// <summary>The word of a score as a metric.</summary>
    public static string Score(string name) => ScorePrefix + name;

    /// <summary>The unit a number without one is in; blank where there is none.</summary>
    public static string UnitOf(string? metric) => Units(metric) is [.., var smallest] ? smallest.Name + Per(metric) : "";

    /// <summary>A measured value.</summary>
    public static string Value(double? value, string metric) => metric switch
    {
        "time_per_frame_ms" => UnitFormat.MsPerFrame(value),
        "total_gpu_time_ms" or "total_wall_time_ms" => UnitFormat.Duration(value),
        "vram_peak_mb" => UnitFormat.Vram(value),
        WindowRuleKind.FailedShare => UnitFormat.Percent(value * 100),
        WindowRuleKind.Silence => UnitFormat.Duration(value * 60_000),
        _ => UnitFormat.Score(value),
    };

    /// <summary>A limit: in the largest unit that holds it without rounding.</summary>
    public static string Limit(float limit, string? metric)
    {
        var value = AlertMetric.AsWritten(limit);
        var units = Units(metric);
        foreach (var unit in units)
        {
            var scaled = value / unit.Size;
            if (Math.Abs(scaled) >= 1 && Math.Abs(scaled - Math.Round(scaled, 3)) <= Math.Abs(scaled) * 1e-9)
                return $"{Grouped(Math.Round(scaled, 3))} {unit.Name}{Per(metric)}";
        }

        return units is [.., var smallest] ? $"{Grouped(value / smallest.Size)} {smallest.Name}{Per(metric)}" : Grouped(value);
    }

    /// <summary>A limit as it stands in a field: a plain number in the metric's unit; blank for none.</summary>
    public static string FieldText(float? limit, string? metric) => limit is not { } set
        ? ""
        : Math.Round(AlertMetric.AsWritten(set) / (Units(metric) is [.., var smallest] ? smallest.Size : 1), 9).ToString("0.#########", CultureInfo.InvariantCulture);

    /// <summary>Reads what was typed: a number, in the metric's unit or with one of its own (<c>1.5 s</c>, <c>16 GB</c>).</summary>
    /// <returns>The limit in the stored unit, null for a blank field; or what is wrong.</returns>
    public static (float? Limit, string? Error) Read(string? text, string? metric)
    {
        text = text?.Trim() ?? "";
        if (text.Length == 0)
            return (null, null);
        var units = Units(metric);
        var digits = text.TrimEnd();
        var unit = units is [.., var smallest] ? smallest : new Unit("", 1);
        var letters = new string([.. digits.Reverse().TakeWhile(c => char.IsLetter(c) || c is '%' or '/').Reverse()]);
        // "1e3" is a number, too.
        if (letters.Length > 0)
        {
            var name = letters.EndsWith("/frame", StringComparison.OrdinalIgnoreCase) ? letters[..^"/frame".Length] : letters;
            if (Array.Find(units, u => u.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } named)
                return (null, units.Length == 0 ? "Enter a number without a unit." : $"“{letters}” is not a valid unit. Use {string.Join(", ", units.Reverse().Select(u => u.Name))}.");
            (unit, digits) = (named, digits[..^letters.Length].TrimEnd());
        }

        if (digits.Contains(',', StringComparison.Ordinal))
            return (null, "Use a decimal point and no thousands separators.");
        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !float.IsFinite((float)(number * unit.Size)))
            return (null, UnitOf(metric) is { Length: > 0 } name ? $"Enter a number in {name}." : "Enter a number.");
        // Read as a REAL at once where nothing is converted, so that what is stored is what was typed.
        return (unit.Size == 1 ? float.Parse(digits, CultureInfo.InvariantCulture) : (float)(number * unit.Size), null);
    }

    private static Unit[] Units(string? metric) => metric switch
    {
        "time_per_frame_ms" => Durations[2..],
        "total_gpu_time_ms" or "total_wall_time_ms" => Durations,
        "vram_peak_mb" => Memory,
        WindowRuleKind.FailedShare => Shares,
        WindowRuleKind.Silence => Minutes,
        _ => [],
    };

    private static string Per(string? metric) => metric == "time_per_frame_ms" ? "/frame" : "";

    private static string Grouped(double value) => value.ToString("#,0.#########", CultureInfo.InvariantCulture);

    private sealed record Unit(string Name, double Size);
}
