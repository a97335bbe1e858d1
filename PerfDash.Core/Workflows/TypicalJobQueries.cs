using System.Data;
using PerfDash.Core.Statistics;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Workflows;

/// <summary>What a job usually is like, to compare one job with: medians, because one odd job must not move them.</summary>
public sealed class TypicalJobQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Jobs that count, at most: the latest.</summary>
    public const int MaxJobs = 2_000;

    /// <summary>How far back jobs may lie to know what was usual for one job.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    /// <summary>The typical job of a range and filter, from its latest <see cref="MaxJobs"/> jobs.</summary>
    public Task<TypicalJob> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken) =>
        GetAsync(new MetricCondition(range, filter), "", [], cancellationToken);

    /// <summary>
    /// The typical job of one job's stratum: the latest <see cref="MaxJobs"/> other jobs of its workflow and resolution tier
    /// (also where it names none), of its class of run where that is known, that completed within <see cref="Memory"/> before it. Figures, stages and scores that
    /// fewer than <see cref="Evidence.FewestJobs"/> of them have are left out.
    /// </summary>
    /// <param name="jobId">The job itself.</param>
    public Task<TypicalJob> GetStratumAsync(long workflowId, string? resolutionTier, RunClass? runClass, long jobId, DateTimeOffset completedAt, CancellationToken cancellationToken) =>
        GetAsync(
            new MetricCondition(
                TimeRange.Ending(completedAt, Memory),
                new MetricFilter(WorkflowId: workflowId, ResolutionTier: resolutionTier, RunClass: runClass)),
            resolutionTier is null ? " AND m.job_id <> @job_id AND m.tier_key IS NULL" : " AND m.job_id <> @job_id",
            [("job_id", jobId)],
            cancellationToken,
            Evidence.FewestJobs);

    private async Task<TypicalJob> GetAsync(
        MetricCondition where, string more, (string Name, object Value)[] values, CancellationToken cancellationToken, int fewest = 1)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        // Plan: the created_at index backwards until there are enough.
        var picked = $"(SELECT m.* FROM scored_metrics AS m WHERE {where.Sql}{more} ORDER BY m.created_at DESC, m.job_id DESC LIMIT {MaxJobs}) AS m";
        var time = $"(CASE WHEN {MetricSql.HasTime} THEN {RealDigits.Sql("m.time_per_frame_ms")} END)";
        var figures = (await where.QueryAsync<TypicalFigures>(
            context,
            $"""
            SELECT count(*) AS job_count,
                   {Percentile("0.5", time)} AS time_per_frame_ms,
                   {Percentile("0.25", time)} AS low_time_per_frame_ms,
                   {Percentile("0.75", time)} AS high_time_per_frame_ms,
                   {Percentile("0.5", "m.total_gpu_time_ms")} AS gpu_time_ms,
                   {Percentile("0.5", "m.total_wall_time_ms")} AS wall_time_ms,
                   {Percentile("0.5", "m.vram_peak_mb")} AS vram_peak_mb,
                   {Percentile("0.25", "m.vram_peak_mb")} AS low_vram_peak_mb,
                   {Percentile("0.75", "m.vram_peak_mb")} AS high_vram_peak_mb,
                   {Percentile("0.5", "m.frame_count")} AS frame_count
            FROM {picked}
            """,
            cancellationToken,
            values)).Single();
        var stages = await where.QueryAsync<TypicalStage>(
            context,
            $"""
            SELECT name, count(*) AS job_count, percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS duration_ms, avg(place)::float8 AS place
            FROM (
                SELECT name, sum(duration_ms) AS duration_ms, min(place) AS place
                FROM ({StageSql.Runs(picked)}) AS runs GROUP BY job_id, name
            ) AS jobs GROUP BY name HAVING count(*) >= {fewest} ORDER BY avg(place), name COLLATE "C"
            """,
            cancellationToken,
            values);
        var scores = await where.QueryAsync<TypicalScore>(
            context,
            $"""
            SELECT name, count(*) AS job_count, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value,
                   percentile_cont(0.25) WITHIN GROUP (ORDER BY value) AS p25, percentile_cont(0.75) WITHIN GROUP (ORDER BY value) AS p75 FROM (
                SELECT s.name, {JsonNumberSql.Float8("s.value")} AS value FROM {picked} {KnownScores.JsonJoin} {DistributionSql.OptimizationFence}
            ) AS scores WHERE value IS NOT NULL GROUP BY name HAVING count(*) >= {fewest} ORDER BY name COLLATE "C"
            """,
            cancellationToken,
            values);
        return new TypicalJob(figures, stages, scores);

        string Percentile(string part, string column) =>
            $"CASE WHEN count({column}) >= {fewest} THEN percentile_cont({part}) WITHIN GROUP (ORDER BY {column}::float8) END";
    }
}

/// <summary>Medians over some jobs. A figure is the median of the jobs that have it.</summary>
/// <param name="Figures">How long and how large.</param>
/// <param name="Stages">Its stages in the usual order.</param>
/// <param name="Scores">Its scores by name.</param>
public sealed record TypicalJob(TypicalFigures Figures, IReadOnlyList<TypicalStage> Stages, IReadOnlyList<TypicalScore> Scores);

/// <summary>Medians of a job's figures; null where no job has the figure.</summary>
/// <param name="JobCount">Jobs they rest on.</param>
public sealed record TypicalFigures(
    long JobCount, double? TimePerFrameMs, double? GpuTimeMs, double? WallTimeMs, double? VramPeakMb, double? FrameCount)
{
    /// <summary>A quarter of the jobs took less per frame.</summary>
    public double? LowTimePerFrameMs { get; init; }

    /// <summary>A quarter took more.</summary>
    public double? HighTimePerFrameMs { get; init; }

    /// <summary>A quarter of the jobs needed less VRAM.</summary>
    public double? LowVramPeakMb { get; init; }

    /// <summary>A quarter needed more.</summary>
    public double? HighVramPeakMb { get; init; }
}

/// <summary>A stage of the typical job.</summary>
/// <param name="Name">The stage.</param>
/// <param name="DurationMs">Median milliseconds per job that ran it; several runs in one job are added up.</param>
/// <param name="Place">Mean place, from 1, at which a job first runs it.</param>
public sealed record TypicalStage(string Name, long JobCount, double DurationMs, double Place);

/// <summary>A score of the typical job.</summary>
/// <param name="JobCount">Jobs that have it.</param>
/// <param name="Value">Its median.</param>
/// <param name="P25">A quarter of the jobs has less.</param>
/// <param name="P75">A quarter has more.</param>
public sealed record TypicalScore(string Name, long JobCount, double Value, double P25, double P75);
