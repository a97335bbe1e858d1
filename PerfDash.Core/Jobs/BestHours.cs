using PerfDash.Core.Metrics;
using PerfDash.Core.Rollups;
using PerfDash.Data;

namespace PerfDash.Core.Jobs;

/// <summary>Which parts of a range can hold the first jobs of a list, from the extremes of its hours.</summary>
internal static class BestHours
{
    // The extreme that comes first, whichever way the list is sorted.
    private static readonly Dictionary<string, (string Min, string Max, string Odd)> Columns = new(StringComparer.Ordinal)
    {
        ["time_per_frame_ms"] = ("time_min", "time_max", "odd_times"),
        ["total_gpu_time_ms"] = ("gpu_min", "gpu_max", "0"),
        ["vram_peak_mb"] = ("vram_min", "vram_max", "0"),
        ["likeness"] = ("likeness_min", "likeness_max", "odd_likenesses"),
    };

    /// <summary>
    /// The parts to look at: as many hours as jobs are wanted, those with the best job, since each holds one; hours with a value that
    /// is beyond their extremes (a time that is NaN sorts after all numbers); and what is not rolled up. All of the range where that cannot be said.
    /// </summary>
    /// <param name="context">Where to ask, in a transaction with one snapshot.</param>
    /// <param name="where">Which jobs.</param>
    /// <param name="sort">How they are sorted.</param>
    /// <param name="jobs">How many are wanted.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public static async Task<IReadOnlyList<TimeRange>> FindAsync(
        PerfDashDbContext context, MetricCondition where, JobSort sort, int jobs, CancellationToken cancellationToken)
    {
        if (!Columns.TryGetValue(sort.Field, out var column))
            return [where.Range];
        var hourly = RollupTable.Sums with { OfDays = [] };
        var source = await Partials.FindAsync(context, where, Dimensions.None, cancellationToken, tables: hourly);
        if (!source.HasRollups)
            return [where.Range];
        var best = sort.Descending ? $"max({column.Max})" : $"min({column.Min})";
        var hours = await source.QueryAsync<Hour>(
            context,
            $"""
            SELECT created_at AS start, {best}::float8 AS best, sum(odd)::int8 AS odd
            FROM ({source.RolledUp(hourly, $"m.created_at, m.{column.Min}, m.{column.Max}, {column.Odd} AS odd")}) AS h GROUP BY created_at
            """,
            cancellationToken);
        List<Hour> valued = [.. hours.Where(h => h.Best is not null)];
        // Jobs without a value come last: a list longer than there are hours with one may reach them.
        if (valued.Count < jobs)
            return [where.Range];
        var ordered = sort.Descending ? valued.OrderByDescending(h => h.Best) : valued.OrderBy(h => h.Best);
        var worst = ordered.ElementAt(jobs - 1).Best!.Value;
        var chosen = hours.Where(h => (sort.Descending ? h.Best >= worst : h.Best <= worst) || h.Odd > 0);
        return
        [
            .. source.Gaps,
            .. chosen.Select(h => new TimeRange(new DateTimeOffset(h.Start, TimeSpan.Zero), new DateTimeOffset(h.Start, TimeSpan.Zero).AddHours(1))),
        ];
    }

    private sealed record Hour(DateTime Start, double? Best, long Odd);
}
