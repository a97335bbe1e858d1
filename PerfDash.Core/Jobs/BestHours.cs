using PerfDash.Core.Rollups;

namespace PerfDash.Core.Jobs;

/// <summary>Which parts of a range can hold the first jobs of a list, from the extremes of its hours.</summary>
/// <param name="Ranges">Parts that are looked at whole.</param>
/// <param name="Hours">Hours of which the jobs of one workflow are looked at.</param>
internal sealed record BestHours(IReadOnlyList<TimeRange> Ranges, IReadOnlyList<(long WorkflowId, TimeRange Range)> Hours)
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
    /// The parts to look at: as many hours of a workflow as jobs are wanted, those with the best job, since each holds one; those with a value
    /// that is beyond their extremes (a time that is NaN sorts after all numbers); and what is not rolled up. All of the range where that cannot be said.
    /// </summary>
    /// <param name="context">Where to ask, in a transaction with one snapshot.</param>
    /// <param name="where">Which jobs.</param>
    /// <param name="sort">How they are sorted.</param>
    /// <param name="jobs">How many are wanted.</param>
    public static async Task<BestHours> FindAsync(
        PerfDashDbContext context, MetricCondition where, JobSort sort, int jobs, CancellationToken cancellationToken)
    {
        if (!Columns.TryGetValue(sort.Field, out var column))
            return All(where.Range);
        var hourly = RollupTable.Sums with { OfDays = [] };
        // There are no hours by workflow and worker.
        var by = where.Dimensions.HasFlag(Dimensions.Worker) ? Dimensions.None : Dimensions.Workflow;
        var source = await Partials.FindAsync(context, where, by, cancellationToken, tables: hourly);
        if (!source.HasRollups)
            return All(where.Range);
        var best = sort.Descending ? column.Max : column.Min;
        var hours = await source.QueryAsync<Hour>(
            context, source.RolledUp(hourly, $"m.workflow_id, m.created_at AS start, m.{best}::float8 AS best, ({column.Odd})::int8 AS odd"), cancellationToken);
        List<Hour> valued = [.. hours.Where(h => h.Best is not null)];
        // Jobs without a value come last: a list longer than there are hours with one may reach them.
        if (valued.Count < jobs)
            return All(where.Range);
        var ordered = sort.Descending ? valued.OrderByDescending(h => h.Best) : valued.OrderBy(h => h.Best);
        var worst = ordered.ElementAt(jobs - 1).Best!.Value;
        var chosen = hours.Where(h => (sort.Descending ? h.Best >= worst : h.Best <= worst) || h.Odd > 0).ToLookup(h => h.WorkflowId is not null);
        return new BestHours([.. source.Gaps, .. chosen[false].Select(h => h.Range)], [.. chosen[true].Select(h => (h.WorkflowId!.Value, h.Range))]);
    }

    /// <summary>The whole range.</summary>
    public static BestHours All(TimeRange range) => new([range], []);

    private sealed record Hour(long? WorkflowId, DateTime Start, double? Best, long Odd)
    {
        public TimeRange Range => new(new DateTimeOffset(Start, TimeSpan.Zero), new DateTimeOffset(Start, TimeSpan.Zero).AddHours(1));
    }
}
