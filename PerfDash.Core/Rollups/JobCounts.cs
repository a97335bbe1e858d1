namespace PerfDash.Core.Rollups;

internal static class JobCounts
{
    /// <summary>The condition's jobs.</summary>
    /// <param name="context">Where to ask, in a transaction with one snapshot.</param>
    public static async Task<long> GetAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken)
    {
        var source = await Partials.FindAsync(context, where, Dimensions.None, cancellationToken, tables: RollupTable.Sums);
        return (await source.QueryAsync<long>(context, $"""SELECT coalesce(sum(jobs), 0)::int8 AS "Value" FROM {source.Sums("jobs")} AS p""", cancellationToken)).Single();
    }
}
