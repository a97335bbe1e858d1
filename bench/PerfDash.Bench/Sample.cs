using System.Globalization;

namespace PerfDash.Bench;

/// <summary>Measured values of one kind.</summary>
internal sealed class Sample(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    public int Count => _sorted.Length;

    public double Median => Percentile(0.5);

    public double Min => _sorted[0];

    public double Max => _sorted[^1];

    /// <summary>Interpolated between neighbours, as PostgreSQL's <c>percentile_cont</c>.</summary>
    public double Percentile(double share)
    {
        var place = share * (_sorted.Length - 1);
        var below = (int)place;
        return below + 1 == _sorted.Length
            ? _sorted[below]
            : _sorted[below] + (place - below) * (_sorted[below + 1] - _sorted[below]);
    }
}

/// <summary>Figures as they stand in the tables.</summary>
internal static class Figure
{
    public static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Signed(double value) => value.ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture);

    public static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    public static string Ms(double value) => value.ToString("#,0.0", CultureInfo.InvariantCulture);
}
