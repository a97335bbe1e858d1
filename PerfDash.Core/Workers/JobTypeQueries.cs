using PerfDash.Data.Entities;

namespace PerfDash.Core.Workers;

/// <summary>One kind of job on every worker that did it.</summary>
public sealed class JobTypeQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The workers with jobs of the type in the range, the fastest first.</summary>
    /// <param name="workflowId">With <paramref name="resolutionTier"/>, the job type.</param>
    /// <param name="resolutionTier">The tier; null for jobs that name none.</param>
    /// <param name="runClass">The class of run; null for jobs of which it is unknown.</param>
    /// <param name="filter">Which jobs; a workflow, worker, tier or class named here is ignored.</param>
    public async Task<IReadOnlyList<JobTypeWorker>> GetAsync(
        long workflowId, string? resolutionTier, RunClass? runClass, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId, WorkerId = null, ResolutionTier = resolutionTier, RunClass = runClass });
        var ofNone = (resolutionTier is null ? " AND m.tier_key IS NULL" : "") + (runClass is null ? " AND m.run_class IS NULL" : "");
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: the index on workflow_id or one scan of the range, whichever is less; a sort for the percentiles.
        var rows = await where.QueryAsync<TypeRow>(
            context,
            $"""
            SELECT g.*, k.name AS worker_name, k.gpu_model FROM (
                SELECT m.worker_id, count(*) AS job_count, count(m.time) AS timed_job_count,
                       coalesce(sum(m.time), 0) AS time_per_frame_sum_ms,
                       var_samp(m.time) AS time_per_frame_variance,
                       percentile_cont(0.5) WITHIN GROUP (ORDER BY m.time::real::text::float8) AS median_time_per_frame_ms,
                       percentile_cont(0.95) WITHIN GROUP (ORDER BY m.time::real::text::float8) AS high_time_per_frame_ms,
                       avg(m.vram_peak_mb)::float8 AS avg_vram_peak_mb
                FROM (SELECT m.worker_id, m.vram_peak_mb, {MetricSql.Time} AS time FROM scored_metrics AS m WHERE {where.Sql}{ofNone}) AS m GROUP BY m.worker_id
            ) AS g JOIN {HostRows.Workers} AS k ON k.id = g.worker_id
            """,
            cancellationToken);
        var types = rows.ToDictionary(r => r.WorkerId, r => new TypeOnWorker(
            r.WorkerId, workflowId, resolutionTier, runClass, r.JobCount, r.TimedJobCount, r.TimePerFrameSumMs)
        {
            TimePerFrameVariance = r.TimePerFrameVariance,
        });
        var speed = new RelativeSpeed(types.Values);
        return
        [
            .. rows.Select(r => new JobTypeWorker
            {
                WorkerId = r.WorkerId,
                WorkerName = r.WorkerName,
                GpuModel = r.GpuModel,
                JobCount = r.JobCount,
                TimedJobCount = r.TimedJobCount,
                AvgTimePerFrameMs = types[r.WorkerId].AvgTimePerFrameMs,
                P50TimePerFrameMs = r.MedianTimePerFrameMs,
                P95TimePerFrameMs = r.HighTimePerFrameMs,
                StddevTimePerFrameMs = r.TimePerFrameVariance is { } variance ? Math.Sqrt(variance) : null,
                AvgVramPeakMb = r.AvgVramPeakMb,
                RelativeSpeed = speed.OfWorker(r.WorkerId),
                RelativeSpeedInterval = SpeedInterval.From(speed, r.WorkerId),
            }).OrderBy(w => w.AvgTimePerFrameMs ?? double.PositiveInfinity).ThenBy(w => w.WorkerId),
        ];
    }

    private sealed record TypeRow(
        long WorkerId, long JobCount, long TimedJobCount, double TimePerFrameSumMs, double? TimePerFrameVariance,
        double? MedianTimePerFrameMs, double? HighTimePerFrameMs, double? AvgVramPeakMb, string WorkerName, string? GpuModel);
}

/// <summary>A worker on one kind of job. Times are null where no job has one.</summary>
public sealed record JobTypeWorker
{
    public required long WorkerId { get; init; }

    public required string WorkerName { get; init; }

    public string? GpuModel { get; init; }

    public required long JobCount { get; init; }

    /// <summary>Those of them with a time per frame: what the times rest on.</summary>
    public required long TimedJobCount { get; init; }

    public double? AvgTimePerFrameMs { get; init; }

    public double? P50TimePerFrameMs { get; init; }

    /// <summary>95th percentile of milliseconds per frame.</summary>
    public double? P95TimePerFrameMs { get; init; }

    /// <summary>Standard deviation of milliseconds per frame; null for fewer than two.</summary>
    public double? StddevTimePerFrameMs { get; init; }

    public double? AvgVramPeakMb { get; init; }

    /// <summary>Mean of the other workers' jobs of the type ÷ its own; null without others.</summary>
    public double? RelativeSpeed { get; init; }

    /// <summary>How far that may be off; null without it.</summary>
    public SpeedInterval? RelativeSpeedInterval { get; init; }
}
