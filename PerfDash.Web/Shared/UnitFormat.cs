using System.Globalization;

namespace PerfDash.Web.Shared;

/// <summary>
/// The one place that turns stored numbers into what people read, in the invariant culture.
/// Null, NaN and infinity are shown as <see cref="Missing"/>; a negative sign is U+2212, as wide as a plus.
/// MB means 2^20 bytes here and GB means 1024 MB.
/// <c>wwwroot/js/charts/unit-format.js</c> says the same in the browser; a test compares the two.
/// </summary>
public static class UnitFormat
{
    /// <summary>Stands for a value that is not there: an en dash.</summary>
    public const string Missing = "–";

    private const string Minus = "−";

    private const int MostMoneyDecimals = 9;

    // From here on a fraction is not readable, digits in groups are not either, and some values would overflow when they are rounded.
    private const double Huge = 1e15;

    /// <summary>Formats a value by its unit, for cells, cards and tooltips.</summary>
    public static string Format(double? value, ValueUnit unit) => unit switch
    {
        ValueUnit.DurationMs => Duration(value),
        ValueUnit.MsPerFrame => MsPerFrame(value),
        ValueUnit.VramMb => Vram(value),
        ValueUnit.GpuHours => GpuHours(value),
        ValueUnit.Count => Count(value),
        ValueUnit.Percent => Percent(value),
        ValueUnit.PercentChange => PercentChange(value),
        ValueUnit.Score => Score(value),
        ValueUnit.Ratio => Ratio(value),
        ValueUnit.Money => Money(value),
        _ => Number(value),
    };

    /// <summary>Formats a value for the axis of a chart: compact, with every digit a round figure has, so that neighbouring ticks never read alike.</summary>
    public static string Axis(double? value, ValueUnit unit) => (value, unit) switch
    {
        (0, ValueUnit.Score or ValueUnit.Percent or ValueUnit.PercentChange or ValueUnit.Money or ValueUnit.Ratio or ValueUnit.VramMb) => "0",
        (_, ValueUnit.Percent) => Signed(value, v => Exact(v) + " %"),
        (_, ValueUnit.PercentChange) => (value > 0 && double.IsFinite(value.Value) ? "+" : "") + Signed(value, v => Exact(v) + " %"),
        (_, ValueUnit.MsPerFrame or ValueUnit.DurationMs) => Signed(value, AxisDuration),
        (_, ValueUnit.GpuHours) => Signed(value, v => Exact(v) + " h"),
        // Whole quarters of a gigabyte; what lies between them has no short name in GB.
        (_, ValueUnit.VramMb) => Signed(value, v => v < 1024 || v % 256 != 0 ? Exact(v) + " MB" : Exact(v / 1024) + " GB"),
        (_, ValueUnit.Score or ValueUnit.Money) => Signed(value, Exact),
        (_, ValueUnit.Ratio) => Signed(value, v => Exact(v) + "×"),
        _ => Compact(value),
    };

    /// <summary>A duration given in milliseconds: two units from minutes up, up to two decimals below.</summary>
    public static string Duration(double? milliseconds) => Signed(milliseconds, AbsoluteDuration);

    /// <summary>A length that somebody chose, in the largest unit it is whole in: <c>1 day</c>, <c>90 minutes</c>.</summary>
    public static string Length(int minutes) => minutes % 1440 == 0 ? Counted(minutes / 1440, "day") : minutes % 60 == 0 ? Counted(minutes / 60, "hour") : Counted(minutes, "minute");

    /// <summary>Time for one frame, given in milliseconds.</summary>
    public static string MsPerFrame(double? milliseconds) => Signed(milliseconds, v => AbsoluteDuration(v) + "/frame");

    /// <summary>Video memory given in MB of 2^20 bytes; from 1024 MB in GB.</summary>
    public static string Vram(double? megabytes) =>
        Signed(megabytes, v => Math.Floor(v + 0.5) < 1024
            ? Grouped(v, 0) + " MB"
            : Grouped(v / 1024, 1) + " GB");

    /// <summary>GPU time given in hours.</summary>
    public static string GpuHours(double? hours) =>
        Signed(hours, v => Grouped(v, v switch { < 9.995 => 2, < 999.95 => 1, _ => 0 }) + " h");

    /// <summary>GPU time given in milliseconds, shown in hours.</summary>
    public static string GpuHoursFromMs(double? milliseconds) => GpuHours(milliseconds / 3_600_000);

    /// <summary>A count with thousands separators.</summary>
    public static string Count(double? count) => Signed(count, v => Grouped(v, 0));

    /// <summary>A moment in a table, UTC.</summary>
    public static string Moment(DateTime? moment) => moment?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? Missing;

    /// <summary>A count with what it counts, whose plural takes an s: <c>1 job</c>, <c>2 jobs</c>.</summary>
    public static string Counted(long? count, string what) => $"{Count(count)} {what}{(count == 1 ? "" : "s")}";

    /// <summary>A count in few characters, for axes: <c>1,250</c>, <c>12.5 k</c>, <c>1.2 M</c>, <c>4.5 G</c>; with every digit a round figure has.</summary>
    public static string Compact(double? count) => Signed(count, v => v switch
    {
        < 10_000 => Exact(v),
        < 1e6 => Exact(v / 1e3) + " k",
        < 1e9 => Exact(v / 1e6) + " M",
        _ => Exact(v / 1e9) + " G",
    });

    /// <summary>A part of a whole, given in percent (0 to 100).</summary>
    public static string Percent(double? percent) => Signed(percent, v => Grouped(v, 1) + " %");

    /// <summary>A change, given in percent, always with its sign except for zero.</summary>
    public static string PercentChange(double? percent)
    {
        var text = Percent(percent);
        return text == Missing || text[0] == Minus[0] || text == "0.0 %" ? text : "+" + text;
    }

    /// <summary>A quality score with two decimals.</summary>
    public static string Score(double? score) => Signed(score, v => Grouped(v, 2));

    /// <summary>A ratio with two decimals, 1 meaning equal.</summary>
    public static string Ratio(double? ratio) => Signed(ratio, v => Grouped(v, 2) + "×");

    /// <summary>What prices and costs are in: an ISO code or a symbol. Set once, when the program starts.</summary>
    public static string Currency { get; set; } = CurrencyOptions.Default;

    public static string Money(double? amount) => Amount(amount) is var text && text == Missing ? text : $"{text} {Currency}";

    /// <summary>An amount of money for a column whose head names the currency: two decimals, and four digits at least, so that a change of a tenth of a percent can be seen.</summary>
    public static string Amount(double? amount) => Signed(amount, v =>
    {
        // A price such as 2.50 needs no more digits than it has.
        var most = v is 0 or >= 100 ? 2 : Math.Clamp(3 - (int)Math.Floor(Math.Log10(v)), 2, MostMoneyDecimals);
        var decimals = 2;
        while (decimals < most && Math.Abs(Rounded(v, decimals) - v) > v * 1e-9)
            decimals++;
        return Grouped(v, decimals);
    });

    /// <summary>A moment in UTC, to the second.</summary>
    public static string Time(DateTimeOffset? moment) => moment?.UtcDateTime.ToString("d MMM HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? Missing;

    /// <summary>A plain number with up to two decimals.</summary>
    public static string Number(double? number) => Signed(number, v => Trimmed(v, 2));

    /// <summary>The short name of the unit values are stored in, for column heads of exported tables; empty where there is none.</summary>
    public static string StoredUnit(ValueUnit unit) => unit switch
    {
        ValueUnit.DurationMs => "ms",
        ValueUnit.MsPerFrame => "ms/frame",
        ValueUnit.VramMb => "MB",
        ValueUnit.GpuHours => "h",
        ValueUnit.Percent or ValueUnit.PercentChange => "%",
        ValueUnit.Money => Currency,
        _ => "",
    };

    private static string AxisDuration(double ms)
    {
        if (ms < 60_000)
            return ms < 1000 ? Exact(ms) + " ms" : Exact(ms / 1000) + " s";
        if (ms >= Huge)
            return Exact(ms) + " ms";
        var whole = Math.Floor(ms + 0.5);
        (double Number, string Unit)[] parts = [(Math.Floor(whole / 86_400_000), "d"), (Math.Floor(whole / 3_600_000) % 24, "h"), (Math.Floor(whole / 60_000) % 60, "m"), (whole % 60_000 / 1000, "s")];
        return string.Join(' ', parts.Where(p => p.Number > 0).Select(p => Exact(p.Number) + p.Unit));
    }

    private static string AbsoluteDuration(double ms)
    {
        if (ms < 999.5)
            return Short(ms) + " ms";
        if (ms >= Huge)
            return Grouped(ms, 0) + " ms";
        if (ms < 59_950)
            return Short(ms / 1000) + " s";
        var seconds = Math.Floor((ms / 1000) + 0.5);
        if (seconds < 3600)
            return Invariant($"{Math.Floor(seconds / 60):0}m {seconds % 60:00}s");
        var minutes = Math.Floor((seconds / 60) + 0.5);
        if (minutes < 1440)
            return Invariant($"{Math.Floor(minutes / 60):0}h {minutes % 60:00}m");
        var hours = Math.Floor((minutes / 60) + 0.5);
        return Invariant($"{Math.Floor(hours / 24):#,0}d {hours % 24:0}h");
    }

    /// <summary>Three digits, of which two decimals at most: the same number of decimals for values of one size, so that columns line up.</summary>
    private static string Short(double value) => value == 0 ? "0" : Grouped(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);

    private static string Signed(double? value, Func<double, string> absolute)
    {
        if (value is not { } number || !double.IsFinite(number))
            return Missing;
        var text = absolute(Math.Abs(number));
        return number < 0 && text.Any(c => c is >= '1' and <= '9') ? Minus + text : text;
    }

    // Rounded first and by the same arithmetic as in the browser: the number formats of the two differ on halves.
    private static string Grouped(double value, int decimals) => value >= Huge
        ? value.ToString("0.00e+0", CultureInfo.InvariantCulture)
        : Rounded(value, decimals).ToString("N" + decimals, CultureInfo.InvariantCulture);

    private static double Rounded(double value, int decimals)
    {
        var power = Math.Pow(10, decimals);
        return Math.Floor((value * power) + 0.5) / power;
    }

    // Up to nine digits, without zeros at the end.
    private static string Exact(double value)
    {
        var decimals = 8;
        for (var power = 10d; power <= value && decimals > 0; power *= 10)
            decimals--;
        for (var power = 1d; value > 0 && value < power && decimals < 12; power /= 10)
            decimals++;
        return Trimmed(value, decimals);
    }

    private static string Trimmed(double value, int decimals)
    {
        var text = Grouped(value, decimals);
        return decimals == 0 || value >= Huge ? text : text.TrimEnd('0').TrimEnd('.');
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
