namespace PerfDash.Core.Rollups;

/// <summary>What a worker did of a group of jobs, for prices to be put to: a price may change at any time, so no cost is kept.</summary>
/// <param name="Key">The group.</param>
/// <param name="GpuMs">GPU time of its jobs that have one.</param>
/// <param name="FramedGpuMs">Of those that have frames too.</param>
internal sealed record WorkerGpu(long Key, long WorkerId, double GpuMs, double FramedGpuMs, long Frames)
{
    /// <summary>The sums by group and worker, of workers that have a job with a GPU time in it. A pair may come several times.</summary>
    /// <inheritdoc cref="SummaryGroups.QueryAsync" path="/param"/>
    public static async Task<IReadOnlyList<WorkerGpu>> SumAsync(PerfDashDbContext context, MetricCondition where, GroupKey key, CancellationToken cancellationToken)
    {
        // Sums by worker hold it in rows of their own; other combinations as arrays, one row for all workers.
        var isByWorker = (where.Dimensions | key.By).HasFlag(Dimensions.Worker);
        var source = await Partials.FindAsync(context, where, key.By, cancellationToken, key.Cuts, isByWorker ? RollupTable.Sums : RollupTable.WorkerGpu);
        // Plan: as of SummaryGroups.
        var sums =
            $"""
            SELECT key, worker_id, sum(gpu) AS gpu_ms, coalesce(sum(gpu) FILTER (WHERE frames > 0), 0) AS framed_gpu_ms, coalesce(sum(frames) FILTER (WHERE frames > 0), 0)::int8 AS frames
            FROM ({source.Raw($"({key.Sql})::int8 AS key, m.worker_id, m.total_gpu_time_ms::float8 AS gpu, m.frame_count AS frames", "m.total_gpu_time_ms IS NOT NULL")}) AS jobs GROUP BY key, worker_id
            """;
        if (isByWorker && source.HasRollups)
        {
            var rolledUp = source.RolledUp(
                RollupTable.Sums,
                $"({key.Sql})::int8 AS key, m.worker_id, m.gpu_sum AS gpu_ms, coalesce(m.framed_gpu_sum, 0) AS framed_gpu_ms, coalesce(m.framed_frames, 0) AS frames");
            sums = $"{sums}\nUNION ALL\nSELECT * FROM ({rolledUp}) AS s WHERE gpu_ms IS NOT NULL";
        }

        var rows = await source.QueryAsync<WorkerGpu>(context, sums, cancellationToken);
        if (isByWorker || !source.HasRollups)
            return rows;
        var arrays = await source.QueryAsync<Arrays>(
            context,
            source.RolledUp(RollupTable.WorkerGpu, $"({key.Sql})::int8 AS key, m.worker_ids, m.gpu_sums, m.framed_gpu_sums, m.framed_frames"),
            cancellationToken);
        return [.. rows, .. arrays.SelectMany(row => row.WorkerIds.Select((worker, i) => new WorkerGpu(row.Key, worker, row.GpuSums[i], row.FramedGpuSums[i], row.FramedFrames[i])))];
    }

    private sealed record Arrays(long Key, long[] WorkerIds, double[] GpuSums, double[] FramedGpuSums, long[] FramedFrames);
}
