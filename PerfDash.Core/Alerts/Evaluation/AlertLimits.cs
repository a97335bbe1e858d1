using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>How a value stands to the limits of a rule.</summary>
public enum AlertLevel
{
    /// <summary>Within the limit, beyond the clear value where the rule has one.</summary>
    Clear,

    /// <summary>Within the limit but not beyond the clear value: neither good nor bad.</summary>
    Between,

    /// <summary>At the warning limit or worse.</summary>
    Warning,

    /// <summary>At the critical limit or worse.</summary>
    Critical,
}

/// <summary>The limits of a rule, in the metric's unit. A value equal to a limit breaches it.</summary>
/// <param name="Below">Low values are the bad ones.</param>
/// <param name="Critical">From here on critical; worse than <paramref name="Warning"/>.</param>
/// <param name="Clear">A value must be better than this to count as good; null: good is whatever does not breach.</param>
public readonly record struct AlertLimits(bool Below, double Warning, double Critical, double? Clear = null)
{
    /// <summary>Limits as stored: REAL, read as the decimals they were written as.</summary>
    public static AlertLimits Create(AlertDirection direction, float warning, float critical, float? clear = null) => new(
        direction == AlertDirection.Below,
        AlertMetric.AsWritten(warning),
        AlertMetric.AsWritten(critical),
        clear is { } c ? AlertMetric.AsWritten(c) : null);

    public AlertLevel LevelOf(double value)
    {
        if (Reaches(value, Critical))
            return AlertLevel.Critical;
        if (Reaches(value, Warning))
            return AlertLevel.Warning;
        return Clear is { } clear && Reaches(value, clear) ? AlertLevel.Between : AlertLevel.Clear;
    }

    /// <summary>The worse of two values; the one there is, where the other is not known.</summary>
    public double? Worse(double? one, double? other) =>
        one is { } a && other is { } b ? (Below ? Math.Min(a, b) : Math.Max(a, b)) : one ?? other;

    private bool Reaches(double value, double limit) => Below ? value <= limit : value >= limit;
}
