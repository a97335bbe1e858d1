using System.Data;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Workers;

/// <summary>What a frame costs on each worker.</summary>
public sealed class WorkerCostQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The workers with a price and jobs of the range that have a GPU time and frames.</summary>
    /// <param name="filter">Which jobs.</param>
    public async Task<IReadOnlyDictionary<long, WorkerCost>> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var source = await Partials.FindAsync(context, new MetricCondition(range, filter), Dimensions.Worker, cancellationToken, tables: RollupTable.Sums);
        // Prices are put to the sums. Rounded as costs of workflows are.
        var rows = await source.QueryAsync<WorkerCost>(
            context,
            $"""
            SELECT j.worker_id, j.job_count, j.frames, {MoneySql.Rounded("j.gpu::numeric * k.gpu_hour_price / 3600000 / j.frames")} AS cost_per_frame
            FROM (
                SELECT worker_id, sum(framed_count)::int8 AS job_count, sum(framed_frames)::int8 AS frames, sum(framed_gpu_sum) AS gpu
                FROM {source.Sums("framed_count", "framed_frames", "framed_gpu_sum")} AS p WHERE framed_count > 0 GROUP BY worker_id
            ) AS j JOIN {HostRows.Workers} AS k ON k.id = j.worker_id WHERE k.gpu_hour_price IS NOT NULL
            """,
            cancellationToken);
        return rows.ToDictionary(r => r.WorkerId);
    }
}

/// <summary>Cost of a worker's frames.</summary>
/// <param name="JobCount">Jobs with a GPU time and frames.</param>
/// <param name="CostPerFrame">Cost of those jobs ÷ their frames, in the farm's currency. Depends on which jobs it was given.</param>
public sealed record WorkerCost(long WorkerId, long JobCount, long Frames, decimal? CostPerFrame);
