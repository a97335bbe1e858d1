using System.Globalization;

namespace PerfDash.Core.Statistics;

/// <summary>
/// REAL holds about seven digits. Widened bit by bit, 812.3 becomes 812.2999877929688: digits that nobody wrote. These keep the
/// shortest digits that name the same REAL, which is what PostgreSQL writes and what was stored.
/// </summary>
public static class RealDigits
{
    /// <summary>The double with the digits of a REAL; NaN and infinities as they are.</summary>
    public static double Widen(float real) => float.IsFinite(real) ? double.Parse(real.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : real;

    /// <summary>As <see cref="Widen(float)"/>, of a value of a REAL column that SQL widened to FLOAT8.</summary>
    public static double From(double widened) => Widen((float)widened);

    /// <summary>SQL of a REAL column as FLOAT8 with its digits. Reads text, which costs as much as all else of a scan: for lists, not for sums.</summary>
    public static string Sql(string column) => $"{column}::text::float8";
}
