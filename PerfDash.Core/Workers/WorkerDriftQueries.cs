using System.Data;
using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Workers;

/// <summary>How a worker's speed moves over time.</summary>
public sealed class WorkerDriftQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>More steps than this are refused.</summary>
    public const int MaxPoints = 2_000;

    /// <summary>The steps of the range in which the worker had jobs, with its changes of speed; null when there is no such worker.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="range">The range; the first and last step may be cut by it.</param>
    /// <param name="filter">Which jobs, here and on the workers it is measured against; a worker named here is ignored.</param>
    /// <param name="bucket">Width of a step.</param>
    /// <param name="timeZone">IANA name that both .NET and PostgreSQL know; steps follow its calendar.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<WorkerDrift?> GetAsync(
        long workerId, TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkerId = null });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (await context.Workers.Where(w => w.Id == workerId).Select(w => w.Name).FirstOrDefaultAsync(cancellationToken) is not { } name)
            return null;

        // Plan: one scan of the range, hash aggregate by worker, job type and step; times that have no logarithm are left
        // out (NaN sorts above infinity). Job types the worker never ran come along: looking for them first costs more.
        var cells = await where.QueryAsync<StepOnWorker>(
            context,
            $"""
            SELECT m.worker_id, m.workflow_id, m.resolution_tier, date_trunc(@bucket, m.created_at, @zone) AS bucket_start, count(*) AS job_count,
                   avg(ln(m.time_per_frame_ms::float8)) AS log_mean, coalesce(var_samp(ln(m.time_per_frame_ms::float8)), 0) * (count(*) - 1) AS log_squares
            FROM performance_metrics AS m
            WHERE {where.Sql} AND m.time_per_frame_ms > 0 AND m.time_per_frame_ms < 'Infinity'
            GROUP BY m.worker_id, m.workflow_id, m.resolution_tier, bucket_start
            """,
            cancellationToken,
            ("bucket", bucket.Word()),
            ("zone", timeZone));
        var index = new DriftIndex(workerId, cells);
        return new WorkerDrift(
            workerId, name, bucket, timeZone, index.TimedJobCount, index.MatchedJobCount, index.Basis, index.Points, [.. index.Changes(name)]);
    }
}
