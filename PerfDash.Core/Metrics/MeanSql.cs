namespace PerfDash.Core.Metrics;

/// <summary>Means of scores that any program may have written: seven of 1.7e308 have a mean, but their sum is no double.</summary>
internal static class MeanSql
{
    /// <summary>
    /// The plain mean of a SQL expression of FLOAT8, finite or NULL; an aggregate. Summed up at a 2^100th, a power of two, so that
    /// no digit changes; PostgreSQL's own avg keeps squares beside the sum and fails from 1e154 on.
    /// </summary>
    public static string Sql(string value) => $"(sum(({value}) * 7.888609052210118e-31) / count({value}) * 1.2676506002282294e30)";
}
