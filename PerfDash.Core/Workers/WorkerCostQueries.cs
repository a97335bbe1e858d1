using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Workers;

/// <summary>What a frame costs on each worker.</summary>
public sealed class WorkerCostQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The workers with a price and jobs of the range that have a GPU time and frames.</summary>
    /// <param name="range">The range.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyDictionary<long, WorkerCost>> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: one scan of idx_performance_metrics_figures_by_time, counted in parallel; prices are put to the sums. Rounded as
        // costs of workflows are.
        var rows = await where.QueryAsync<WorkerCost>(
            context,
            $"""
            SELECT j.worker_id, j.job_count, j.frames, {MoneySql.Rounded("j.gpu * k.gpu_hour_price / 3600000 / j.frames")} AS cost_per_frame
            FROM (
                SELECT m.worker_id, count(*) AS job_count, sum(m.frame_count)::int8 AS frames, sum(m.total_gpu_time_ms) AS gpu
                FROM performance_metrics AS m WHERE {where.Sql} AND m.total_gpu_time_ms IS NOT NULL AND m.frame_count > 0 GROUP BY m.worker_id
            ) AS j JOIN {HostRows.Workers} AS k ON k.id = j.worker_id WHERE k.gpu_hour_price IS NOT NULL
            """,
            cancellationToken);
        return rows.ToDictionary(r => r.WorkerId);
    }
}

/// <summary>Cost of a worker's frames.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="JobCount">Jobs with a GPU time and frames.</param>
/// <param name="Frames">Their frames.</param>
/// <param name="CostPerFrame">Cost of those jobs ÷ their frames, in the farm's currency. Depends on which jobs it was given.</param>
public sealed record WorkerCost(long WorkerId, long JobCount, long Frames, decimal? CostPerFrame);
