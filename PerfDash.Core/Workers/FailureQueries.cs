using System.Data;
using PerfDash.Core.Jobs;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Workers;

/// <summary>Jobs that did not complete, by worker. They have no metric: they are counted where the host keeps them.</summary>
public sealed class FailureQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Error texts listed for a worker, at most.</summary>
    public const int MostErrors = 5;

    /// <summary>Characters of an error text that are read and shown.</summary>
    public const int ErrorLength = 200;

    /// <summary>
    /// Failures of a range, workers with the largest share of failed jobs first. What counts, and when, is said by
    /// <see cref="EndedJobs"/>.
    /// </summary>
    /// <param name="filter">Which jobs. Tier and class of run are ignored: a job that failed reports neither.</param>
    /// <returns>An entry for each worker with jobs, and one without a worker where such jobs ended; null when the filter's worker does not exist.</returns>
    public async Task<IReadOnlyList<WorkerFailures>?> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { ResolutionTier = null, RunClass = null });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (filter.WorkerId is { } only && !await context.Workers.AnyAsync(w => w.Id == only, cancellationToken))
            return null;

        // What EndedJobs.Completed counts, with the recorded jobs from sums: less those that their host calls failed or cancelled since.
        var source = await Partials.FindAsync(context, where, Dimensions.Worker, cancellationToken, tables: RollupTable.Sums);
        var completed = (await source.QueryAsync<CompletedRow>(
            context,
            $"""
            SELECT worker_id, sum(jobs)::int8 AS completed_count FROM (
                SELECT worker_id, jobs FROM {source.Sums("jobs")} AS p
                UNION ALL
                SELECT m.worker_id, -1 FROM scored_metrics AS m JOIN jobs AS j ON j.id = m.job_id WHERE {where.Sql} AND j.status IN ('failed', 'cancelled')
                UNION ALL
                SELECT m.worker_id, 1 FROM {EndedJobs.DeadLettered} WHERE {where.Sql}
            ) AS jobs GROUP BY worker_id HAVING sum(jobs) > 0
            """,
            cancellationToken)).ToLookup(r => r.WorkerId, r => r.CompletedCount);
        var ended = await where.QueryAsync<EndedRow>(
            context,
            $"""
            SELECT m.worker_id, count(*) FILTER (WHERE m.status = 'failed') AS failed_count, count(*) FILTER (WHERE m.status = 'cancelled') AS cancelled_count
            FROM {EndedJobs.NotCompleted} WHERE {where.Sql} GROUP BY m.worker_id
            """,
            cancellationToken);
        // Texts that differ in their numbers alone (addresses, sizes, ids) are one error; shown is the latest of them.
        var errors = (await where.QueryAsync<ErrorRow>(
            context,
            $"""
            SELECT worker_id, text, error_count FROM (
                SELECT worker_id, (array_agg(text ORDER BY created_at DESC, text))[1] AS text, count(*) AS error_count,
                       row_number() OVER (PARTITION BY worker_id ORDER BY count(*) DESC, max(created_at) DESC, kind) AS place
                FROM (
                    SELECT m.worker_id, m.created_at, t.text, regexp_replace(t.text, '[0-9]+', '#', 'g') AS kind
                    FROM {EndedJobs.NotCompleted} CROSS JOIN LATERAL (
                        SELECT btrim(regexp_replace(left(m.error, {ErrorLength}), '\s+', ' ', 'g'))
                               || CASE WHEN length(m.error) > {ErrorLength} THEN '…' ELSE '' END AS text) AS t
                    WHERE {where.Sql} AND m.status = 'failed' AND t.text <> ''
                ) AS texts GROUP BY worker_id, kind
            ) AS ranked WHERE place <= {MostErrors} ORDER BY place
            """,
            cancellationToken)).ToLookup(r => r.WorkerId, r => new FrequentError(r.Text, r.ErrorCount));
        List<long?> ids = [.. completed.Select(c => c.Key).Union(ended.Select(r => r.WorkerId))];
        var workers = ids.OfType<long>().ToList();
        var names = await context.Workers.Where(w => workers.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
        var counts = ended.ToLookup(r => r.WorkerId);
        return
        [
            .. ids.Select(id => new WorkerFailures(
                    id,
                    id is { } worker ? names.GetValueOrDefault(worker) : null,
                    completed[id].Sum(),
                    counts[id].Sum(r => r.FailedCount),
                    counts[id].Sum(r => r.CancelledCount),
                    [.. errors[id]]))
                .OrderByDescending(f => f.FailureShare ?? -1).ThenByDescending(f => f.FailedCount).ThenBy(f => f.WorkerId ?? long.MaxValue),
        ];
    }

    private sealed record CompletedRow(long? WorkerId, long CompletedCount);

    private sealed record EndedRow(long? WorkerId, long FailedCount, long CancelledCount);

    private sealed record ErrorRow(long? WorkerId, string Text, long ErrorCount);
}

/// <summary>How the jobs of a worker ended.</summary>
/// <param name="WorkerId">The worker; null for jobs that name none.</param>
/// <param name="WorkerName">Its name; null without a worker, or where the host has none by that id.</param>
/// <param name="CompletedCount">Jobs that completed, also those that could not be recorded.</param>
/// <param name="FailedCount">Jobs that failed.</param>
/// <param name="CancelledCount">Jobs that were cancelled; they are no part of the share.</param>
/// <param name="Errors">The most frequent errors of the failed jobs.</param>
public sealed record WorkerFailures(
    long? WorkerId, string? WorkerName, long CompletedCount, long FailedCount, long CancelledCount, IReadOnlyList<FrequentError> Errors)
{
    /// <summary>Jobs the share is of: completed and failed.</summary>
    public long JobCount => CompletedCount + FailedCount;

    /// <summary>Failed ÷ (completed + failed), 0 to 1; null where there are neither.</summary>
    public double? FailureShare => JobCount == 0 ? null : (double)FailedCount / JobCount;
}

/// <summary>An error and how often it came.</summary>
/// <param name="Text">Its latest text, at most <see cref="FailureQueries.ErrorLength"/> characters and an ellipsis.</param>
/// <param name="Count">Failed jobs with it; texts that differ in numbers alone are counted together.</param>
public sealed record FrequentError(string Text, long Count);
