using System.Data;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Workers;

/// <summary>How much video memory each kind of job needs, and which cards have it.</summary>
public sealed class VramHeadroomQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The needs of a range's jobs, the greatest first.</summary>
    /// <param name="filter">Which jobs.</param>
    public async Task<VramHeadroom> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var farm = await context.Workers.Where(w => w.GpuVramMb != null).Select(w => w.GpuVramMb!.Value).ToListAsync(cancellationToken);
        var source = await Partials.FindAsync(
            context, where, Dimensions.Workflow | Dimensions.Tier, cancellationToken, tables: [RollupTable.Sums, RollupTable.VramBins]);
        var bin = source.IsLarge ? "perfdash_log_bin(vram)::float8" : "vram";
        // Plan: as of SummaryGroups.
        var raw =
            $"""
            SELECT workflow_id, tier_key, {bin} AS bin, count(*) AS bin_count, count(*) AS jobs, sum(vram) AS vram_sum, min(vram)::int4 AS vram_min, max(vram)::int4 AS vram_max
            FROM ({source.Raw("m.workflow_id, m.tier_key, m.vram_peak_mb::float8 AS vram", "m.vram_peak_mb IS NOT NULL")}) AS jobs GROUP BY workflow_id, tier_key, {bin}
            """;
        var both = source.Union(raw, RollupTable.Sums, "m.workflow_id, m.tier_key, NULL::float8 AS bin, NULL::int8 AS bin_count, m.vram_count AS jobs, m.vram_sum, m.vram_min, m.vram_max");
        var rows = await source.QueryAsync<Row>(
            context,
            $"""
            SELECT g.*, w.name AS workflow_name FROM (
                SELECT workflow_id, tier_key, sum(jobs)::int8 AS job_count, sum(vram_sum) AS sum, min(vram_min) AS min, max(vram_max) AS max,
                       array_agg(bin) FILTER (WHERE bin_count > 0) AS bins, array_agg(bin_count) FILTER (WHERE bin_count > 0) AS bin_counts
                FROM {both} AS parts GROUP BY workflow_id, tier_key HAVING sum(jobs) > 0
            ) AS g JOIN {HostRows.Workflows} AS w ON w.id = g.workflow_id
            """,
            cancellationToken);
        var days = source.HasRollups ? await source.QueryAsync<Day>(context, source.RolledUp(RollupTable.VramBins, "m.workflow_id, m.tier_key, m.bins, m.counts"), cancellationToken) : [];
        var rolledUp = days.GroupBy(day => (day.WorkflowId, day.TierKey)).ToDictionary(type => type.Key, type => BinCounts.ByKey(type.Select(day => new KeyBins(0, day.Bins, day.Counts)))[0]);
        VramNeed Need(Row row)
        {
            var counted = BinCounts.Sum(row.Bins, row.BinCounts, rolledUp.GetValueOrDefault((row.WorkflowId, row.TierKey)));
            var peaks = new ValueBins(counted.Select(part => source.IsLarge ? LogBins.Bin((int)part.Key, part.Value, row.Min, row.Max) : new ValueBin(part.Value, part.Key, part.Key, part.Key)));
            return new VramNeed(row.WorkflowId, row.WorkflowName, row.TierKey, row.JobCount, row.Sum / row.JobCount, peaks.Percentile(0.99)!.Value, row.Max);
        }

        return new VramHeadroom(
            CardSizes.From(farm),
            [.. rows.Select(Need).OrderByDescending(r => r.HighVramPeakMb).ThenBy(r => r.WorkflowId).ThenBy(r => r.ResolutionTier, StringComparer.Ordinal)]);
    }

    private sealed record Row(long WorkflowId, string WorkflowName, string? TierKey, long JobCount, double Sum, int Min, int Max, double[]? Bins, long[]? BinCounts);

    private sealed record Day(long WorkflowId, string? TierKey, int[] Bins, int[] Counts);
}

/// <summary>Needs and cards.</summary>
/// <param name="Cards">Sizes, smallest first.</param>
/// <param name="Items">Kinds of job, the greatest need first.</param>
public sealed record VramHeadroom(IReadOnlyList<CardSize> Cards, IReadOnlyList<VramNeed> Items)
{
    /// <summary>The smallest card that holds a need; null where none does.</summary>
    public CardSize? SmallestFor(VramNeed need) => Cards.FirstOrDefault(card => card.Fits(need.HighVramPeakMb));
}

/// <summary>What one kind of job takes.</summary>
/// <param name="WorkflowId">With <paramref name="ResolutionTier"/>, the job type.</param>
/// <param name="ResolutionTier">The tier; null for jobs that name none.</param>
/// <param name="JobCount">Jobs with a VRAM peak, at least 1.</param>
/// <param name="HighVramPeakMb">99th percentile of the peaks, MB, at most 0.5 % off where a question is about more than 20,000 jobs; of fewer than 100 jobs close to the highest.</param>
public sealed record VramNeed(
    long WorkflowId, string WorkflowName, string? ResolutionTier, long JobCount, double AvgVramPeakMb, double HighVramPeakMb, int MaxVramPeakMb);
