using System.Data;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Workers;

/// <summary>Which worker ran which kind of job, how often and how long ago: what a comparison of workers rests on, and where it has gaps.</summary>
public sealed class CoverageQueries(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>The coverage of a range.</summary>
    /// <param name="filter">Which jobs; a worker named here is the only one listed.</param>
    /// <returns>The coverage; null when the filter's worker does not exist.</returns>
    public async Task<WorkerCoverage?> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var workers = await context.Workers.Where(w => filter.WorkerId == null || w.Id == filter.WorkerId)
            .OrderBy(w => w.Id).Select(w => new { w.Id, w.Name }).ToListAsync(cancellationToken);
        if (filter.WorkerId is not null && workers.Count == 0)
            return null;

        var source = await Partials.FindAsync(
            context, new MetricCondition(range, filter), Dimensions.Workflow | Dimensions.Tier | Dimensions.Worker, cancellationToken, tables: RollupTable.Sums);
        // Plan: hash aggregate; names are joined to the groups.
        var rows = await source.QueryAsync<CoverageRow>(
            context,
            $"""
            SELECT g.*, w.name AS workflow_name FROM (
                SELECT worker_id, workflow_id, tier_key AS resolution_tier, sum(jobs)::int8 AS job_count, sum(time_count)::int8 AS timed_job_count,
                       max(last_at) AS last_completed_at
                FROM {source.Sums("jobs", "time_count", "last_at")} AS p GROUP BY worker_id, workflow_id, tier_key
            ) AS g JOIN {HostRows.Workflows} AS w ON w.id = g.workflow_id
            """,
            cancellationToken);
        var byWorker = rows.ToLookup(r => r.WorkerId);
        var names = workers.ToDictionary(w => w.Id, w => w.Name);
        return new WorkerCoverage(
            [
                .. workers.Select(w => byWorker[w.Id] is var own && own.Any()
                    ? new CoveredWorker(w.Id, w.Name, own.Count(), own.Sum(r => r.JobCount), own.Max(r => r.LastCompletedAt), Age(own.Max(r => r.LastCompletedAt)))
                    : new CoveredWorker(w.Id, w.Name, 0, 0, null, null)),
            ],
            [
                .. rows.GroupBy(r => (r.WorkflowId, r.ResolutionTier))
                    .OrderByDescending(g => g.Sum(r => r.JobCount)).ThenBy(g => g.Key.WorkflowId).ThenBy(g => g.Key.ResolutionTier, StringComparer.Ordinal)
                    .SelectMany(g => g.OrderBy(r => r.WorkerId)).Select(r => new CoverageCell(
                        r.WorkerId, names[r.WorkerId], r.WorkflowId, r.WorkflowName, r.ResolutionTier, r.JobCount, r.TimedJobCount, r.LastCompletedAt, Age(r.LastCompletedAt))),
            ]);

        long Age(DateTime moment) => (long)Math.Max(0, (now - moment).TotalMilliseconds);
    }

    private sealed record CoverageRow(
        long WorkerId, long WorkflowId, string? ResolutionTier, long JobCount, long TimedJobCount, DateTime LastCompletedAt, string WorkflowName);
}

/// <summary>Which worker ran which kind of job.</summary>
/// <param name="Workers">Every worker, also those without jobs, by id.</param>
/// <param name="Items">A cell for each worker and job type that occurred, types by their number of jobs, within a type workers by id. What is not listed did not occur.</param>
public sealed record WorkerCoverage(IReadOnlyList<CoveredWorker> Workers, IReadOnlyList<CoverageCell> Items);

/// <summary>One worker over a range.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="WorkerName">Its name.</param>
/// <param name="JobTypeCount">Job types it ran.</param>
/// <param name="JobCount">Its jobs.</param>
/// <param name="LastCompletedAt">When the last of them completed, UTC; null without any.</param>
/// <param name="LastJobAgeMs">Milliseconds from then to now; 0 for a moment in the future, null without any.</param>
public sealed record CoveredWorker(long WorkerId, string WorkerName, int JobTypeCount, long JobCount, DateTime? LastCompletedAt, long? LastJobAgeMs);

/// <summary>One kind of job on one worker.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="WorkerName">Its name.</param>
/// <param name="WorkflowId">With <paramref name="ResolutionTier"/>, the job type.</param>
/// <param name="WorkflowName">Its name.</param>
/// <param name="ResolutionTier">The tier; null for jobs that name none.</param>
/// <param name="JobCount">Jobs, at least 1.</param>
/// <param name="TimedJobCount">Those of them that have a time per frame: what a speed can rest on.</param>
/// <param name="LastCompletedAt">When the last of them completed, UTC.</param>
/// <param name="LastJobAgeMs">Milliseconds from then to now; 0 for a moment in the future.</param>
public sealed record CoverageCell(
    long WorkerId, string WorkerName, long WorkflowId, string WorkflowName, string? ResolutionTier, long JobCount, long TimedJobCount,
    DateTime LastCompletedAt, long LastJobAgeMs);
