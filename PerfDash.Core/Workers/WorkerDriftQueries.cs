using System.Data;
using PerfDash.Core.Rollups;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Workers;

/// <summary>How a worker's speed moves over time.</summary>
public sealed class WorkerDriftQueries(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>More buckets than this are refused.</summary>
    public const int MaxPoints = 2_000;

    /// <summary>The buckets of the range in which the worker had jobs, with its changes of speed; null when there is no such worker.</summary>
    /// <param name="range">The range; the first and last bucket may be cut by it.</param>
    /// <param name="filter">Which jobs, here and on the workers it is measured against; a worker named here is ignored.</param>
    /// <param name="bucket">Width of a bucket.</param>
    /// <param name="timeZone">IANA name that both .NET and PostgreSQL know; buckets follow its calendar.</param>
    public async Task<WorkerDrift?> GetAsync(
        long workerId, TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(BucketStarts.Countable(ClockSkew.Present(range, time)), filter with { WorkerId = null });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (await context.Workers.Where(w => w.Id == workerId).Select(w => w.Name).FirstOrDefaultAsync(cancellationToken) is not { } name)
            return null;

        // Times that have no logarithm are left out. Job types the worker never ran come along: looking for them first costs more.
        var starts = await BucketStarts.QueryAsync(context, where, bucket, timeZone, cancellationToken);
        var source = await Partials.FindAsync(context, where, Dimensions.Workflow | Dimensions.Tier | Dimensions.Worker | Dimensions.Class, cancellationToken, starts, RollupTable.Sums);
        var rows = await source.QueryAsync<Cell>(
            context,
            $"""
            SELECT worker_id, workflow_id, tier_key, {EnumText.NumberSql<RunClass>("run_class")} AS run_class, width_bucket(created_at, @starts) AS bucket_number, sum(log_count)::int8 AS job_count,
                   sum(log_sum) / sum(log_count)::float8 AS log_mean, {SumColumns.Squares("log")} AS log_squares
            FROM {source.Sums("log_count", "log_sum", "log_squares")} AS p WHERE log_count > 0 GROUP BY worker_id, workflow_id, tier_key, run_class, bucket_number
            """,
            cancellationToken,
            ("starts", starts.ToArray()));
        List<BucketOnWorker> cells = [.. rows.Select(r => new BucketOnWorker(r.WorkerId, r.WorkflowId, r.TierKey, r.RunClass, starts[r.BucketNumber - 1], r.JobCount, r.LogMean, r.LogSquares))];
        var index = new DriftIndex(workerId, cells);
        return new WorkerDrift(
            workerId, name, bucket, timeZone, index.TimedJobCount, index.MatchedJobCount, index.Basis, index.Points, [.. index.Changes(name)]);
    }

    private sealed record Cell(long WorkerId, long WorkflowId, string? TierKey, RunClass? RunClass, int BucketNumber, long JobCount, double LogMean, double LogSquares);
}
