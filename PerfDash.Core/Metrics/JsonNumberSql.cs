namespace PerfDash.Core.Metrics;

/// <summary>
/// Numbers out of jsonb that any program may have written: what is no number is NULL, and so is what no double can hold,
/// so that no row can make a whole answer fail.
/// </summary>
internal static class JsonNumberSql
{
    /// <summary>
    /// NUMERIC of <paramref name="jsonb"/>, a SQL expression; NULL where it is no number or beyond what a double holds. Numbers too
    /// small for a double are 0.
    /// </summary>
    public static string Numeric(string jsonb) =>
        $"""
        CASE WHEN jsonb_typeof({jsonb}) <> 'number' OR abs(({jsonb})::numeric) > 1.7976931348623157e308 THEN NULL
             WHEN abs(({jsonb})::numeric) < 1e-100 THEN 0 ELSE ({jsonb})::numeric END
        """;

    /// <summary>As <see cref="Numeric"/>, as FLOAT8.</summary>
    public static string Float8(string jsonb) => $"({Numeric(jsonb)})::float8";
}
