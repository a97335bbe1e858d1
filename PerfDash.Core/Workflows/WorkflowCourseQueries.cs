using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Workflows;

/// <summary>What surrounds a workflow's trend: how far its jobs spread in each step, and where their time went.</summary>
public sealed class WorkflowCourseQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Least and greatest time per frame in each step that has one, oldest first.</summary>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="range">The range; the first and last step may be cut by it.</param>
    /// <param name="filter">Which of its jobs; a workflow named here is ignored.</param>
    /// <param name="bucket">Width of a step.</param>
    /// <param name="timeZone">IANA name that both .NET and PostgreSQL know.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<SpreadStep>> GetSpreadAsync(
        long workflowId, TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await where.QueryAsync<SpreadStep>(
            context,
            $"""
            SELECT date_trunc(@bucket, m.created_at, @zone) AS bucket_start,
                   min(m.time_per_frame_ms)::float8 AS min_time_per_frame_ms, max(m.time_per_frame_ms)::float8 AS max_time_per_frame_ms
            FROM performance_metrics AS m WHERE {where.Sql} AND m.time_per_frame_ms IS NOT NULL GROUP BY 1 ORDER BY 1
            """,
            cancellationToken,
            ("bucket", bucket.Word()),
            ("zone", timeZone));
    }

    /// <summary>
    /// Mean milliseconds of every stage in each step, per job of the step that reported stages: the stages of a step add up to
    /// the mean time of such a job, whether or not each job runs all of them.
    /// </summary>
    /// <inheritdoc cref="GetSpreadAsync" path="/param"/>
    public async Task<IReadOnlyList<StageStep>> GetStagesAsync(
        long workflowId, TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await where.QueryAsync<StageStep>(
            context,
            $"""
            WITH runs AS MATERIALIZED (
                {StageSql.Runs("performance_metrics AS m", "m", "m.job_id, date_trunc(@bucket, m.created_at, @zone) AS bucket_start,", where.Sql)}
            ), jobs AS (
                SELECT bucket_start, count(DISTINCT job_id) AS job_count FROM runs GROUP BY 1
            )
            SELECT r.bucket_start, r.name, sum(r.duration_ms) / max(j.job_count) AS avg_duration_ms, max(j.job_count) AS job_count
            FROM runs AS r JOIN jobs AS j USING (bucket_start) GROUP BY 1, 2 ORDER BY 1, 2
            """,
            cancellationToken,
            ("bucket", bucket.Word()),
            ("zone", timeZone));
    }
}

/// <summary>How far the times per frame of one step spread.</summary>
/// <param name="BucketStart">Where the step starts, UTC.</param>
/// <param name="MinTimePerFrameMs">The least, ms.</param>
/// <param name="MaxTimePerFrameMs">The greatest, ms.</param>
public sealed record SpreadStep(DateTime BucketStart, double MinTimePerFrameMs, double MaxTimePerFrameMs);

/// <summary>One stage in one step.</summary>
/// <param name="BucketStart">Where the step starts, UTC.</param>
/// <param name="Name">The stage.</param>
/// <param name="AvgDurationMs">Milliseconds of it ÷ <paramref name="JobCount"/>.</param>
/// <param name="JobCount">Jobs of the step that reported any stage.</param>
public sealed record StageStep(DateTime BucketStart, string Name, double AvgDurationMs, long JobCount);
