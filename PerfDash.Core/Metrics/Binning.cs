using PerfDash.Core.Statistics;

namespace PerfDash.Core.Metrics;

/// <summary>
/// How values are grouped for <see cref="ValueBins"/>. Few are grouped by the value itself, which gives exact percentiles;
/// many by bins narrow enough that percentiles are at most 0.5 % off.
/// </summary>
internal sealed class Binning
{
    /// <summary>Jobs up to which percentiles are exact.</summary>
    public const int ExactJobs = 20_000;

    private readonly Func<string, string> _bin;

    private Binning(Func<string, string> bin) => _bin = bin;

    /// <summary>By the value itself.</summary>
    public static Binning ByValue { get; } = new(value => value);

    /// <summary>By logarithmic bins 0.5 % wide.</summary>
    public static Binning Logarithmic { get; } = new(value => $"perfdash_log_bin({value})");

    /// <summary>SQL of the bin of <paramref name="value"/>, a SQL expression of FLOAT8.</summary>
    public string Sql(string value) => _bin(value);

    /// <summary>The one for all jobs of <paramref name="where"/>: looks at no more than <see cref="ExactJobs"/>.</summary>
    public static async Task<Binning> ForAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        await IsLargeAsync(context, where, cancellationToken) ? Logarithmic : ByValue;

    /// <summary>Whether there are more jobs than <see cref="ExactJobs"/>. A condition is asked of one snapshot, so it is counted once.</summary>
    public static async Task<bool> IsLargeAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        where.IsLarge ??= (await where.QueryAsync<bool>(
            context,
            $"""SELECT count(*) > {ExactJobs} AS "Value" FROM (SELECT FROM scored_metrics AS m WHERE {where.Sql} LIMIT {ExactJobs + 1}) AS first""",
            cancellationToken)).Single();
}
