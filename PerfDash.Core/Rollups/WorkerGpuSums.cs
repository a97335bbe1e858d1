using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Rollups;

/// <summary>GPU time by group and worker, which prices are put to: a price may change at any time, so no cost is kept.</summary>
/// <param name="Source">Runs queries over it.</param>
/// <param name="Sql">Rows <c>key</c>, <c>worker_id</c>, <c>jobs</c> (with a GPU time), <c>gpu</c> (ms), <c>framed_gpu</c> and <c>frames</c> (of jobs that have frames too). A pair may come several times.</param>
internal sealed record WorkerGpuSums(Partials Source, string Sql)
{
    /// <summary>Finds where it is.</summary>
    /// <inheritdoc cref="SummaryGroups.QueryAsync" path="/param"/>
    public static async Task<WorkerGpuSums> FindAsync(PerfDashDbContext context, MetricCondition where, GroupKey key, CancellationToken cancellationToken)
    {
        // Sums by worker hold it in rows of their own; other combinations as arrays, one row for all workers.
        var isByWorker = (where.Dimensions | key.By).HasFlag(Dimensions.Worker);
        var source = await Partials.FindAsync(context, where, key.By, cancellationToken, key.Cuts, isByWorker ? RollupTable.Sums : RollupTable.WorkerGpu);
        // Plan: as of SummaryGroups.
        var raw =
            $"""
            SELECT key, worker_id, count(gpu) AS jobs, sum(gpu) AS gpu, sum(gpu) FILTER (WHERE frames > 0) AS framed_gpu, sum(frames) FILTER (WHERE frames > 0)::int8 AS frames
            FROM ({source.Raw($"({key.Sql})::int8 AS key, m.worker_id, m.total_gpu_time_ms::float8 AS gpu, m.frame_count AS frames", "m.total_gpu_time_ms IS NOT NULL")}) AS jobs GROUP BY key, worker_id
            """;
        if (!source.HasRollups)
            return new WorkerGpuSums(source, raw);
        var rolledUp = isByWorker
            ? source.RolledUp(RollupTable.Sums, $"({key.Sql})::int8 AS key, m.worker_id, m.gpu_count AS jobs, m.gpu_sum AS gpu, m.framed_gpu_sum AS framed_gpu, m.framed_frames AS frames")
            : source.RolledUp(
                RollupTable.WorkerGpu, $"({key.Sql})::int8 AS key, w.*",
                "CROSS JOIN LATERAL unnest(m.worker_ids, m.gpu_counts, m.gpu_sums, m.framed_gpu_sums, m.framed_frames) AS w(worker_id, jobs, gpu, framed_gpu, frames)");
        return new WorkerGpuSums(source, $"{raw}\nUNION ALL\n{rolledUp}");
    }
}
