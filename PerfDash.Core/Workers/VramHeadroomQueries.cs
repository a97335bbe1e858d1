using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Workers;

/// <summary>How much video memory each kind of job needs, and which cards have it.</summary>
public sealed class VramHeadroomQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The needs of a range's jobs, the greatest first.</summary>
    /// <param name="range">The range.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<VramHeadroom> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var farm = await context.Workers.Where(w => w.GpuVramMb != null).Select(w => w.GpuVramMb!.Value).ToListAsync(cancellationToken);
        // Plan: one scan of the range and a sort within each group.
        var rows = await where.QueryAsync<VramNeed>(
            context,
            $"""
            SELECT g.*, w.name AS workflow_name FROM (
                SELECT m.workflow_id, m.tier_key AS resolution_tier, count(*) AS job_count, avg(m.vram_peak_mb)::float8 AS avg_vram_peak_mb,
                       percentile_cont(0.99) WITHIN GROUP (ORDER BY m.vram_peak_mb::float8) AS high_vram_peak_mb, max(m.vram_peak_mb) AS max_vram_peak_mb
                FROM performance_metrics AS m WHERE {where.Sql} AND m.vram_peak_mb IS NOT NULL GROUP BY m.workflow_id, m.tier_key
            ) AS g JOIN {HostRows.Workflows} AS w ON w.id = g.workflow_id
            """,
            cancellationToken);
        return new VramHeadroom(
            CardSizes.Of(farm),
            [.. rows.OrderByDescending(r => r.HighVramPeakMb).ThenBy(r => r.WorkflowId).ThenBy(r => r.ResolutionTier, StringComparer.Ordinal)]);
    }
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
/// <param name="WorkflowName">Its name.</param>
/// <param name="ResolutionTier">The tier; null for jobs that name none.</param>
/// <param name="JobCount">Jobs with a VRAM peak, at least 1.</param>
/// <param name="AvgVramPeakMb">Mean peak, MB.</param>
/// <param name="HighVramPeakMb">99th percentile of the peaks, MB; of fewer than 100 jobs close to the highest.</param>
/// <param name="MaxVramPeakMb">Highest peak, MB.</param>
public sealed record VramNeed(
    long WorkflowId, string WorkflowName, string? ResolutionTier, long JobCount, double AvgVramPeakMb, double HighVramPeakMb, int MaxVramPeakMb);
