using Npgsql;

namespace PerfDash.Core.Workers;

/// <summary>What workers are and do at this moment, derived from their jobs: PerfDash hears nothing from the workers themselves.</summary>
public sealed class WorkerStateQueries(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>The workers by id, also those that never had a job.</summary>
    /// <param name="workerId">Only this one; none where it does not exist. Null: all.</param>
    public async Task<IReadOnlyList<WorkerState>> GetAsync(long? workerId, CancellationToken cancellationToken)
    {
        var (now, latest) = (time.GetUtcNow().UtcDateTime, ClockSkew.Latest(time));
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var workers = await context.Workers.Where(w => workerId == null || w.Id == workerId).OrderBy(w => w.Id).ToListAsync(cancellationToken);
        long[] ids = [.. workers.Select(w => w.Id)];
        // One look at the jobs for both: they are few, and idx_jobs_without_metric holds them.
        var sql =
            $"""
            WITH found AS MATERIALIZED (
                SELECT id, worker_id, workflow_id, status, started_at, coalesce(completed_at, CASE WHEN started_at IS NOT NULL THEN ended_at END) AS completed_at
                FROM {HostRows.Jobs} AS j LEFT JOIN job_endings ON job_id = id
                WHERE status IN ('running', 'failed', 'cancelled') AND worker_id = ANY(@ids)
            )
            SELECT f.worker_id, f.id AS job_id, f.workflow_id, w.name AS workflow_name, f.started_at, NULL::timestamptz AS ended_at
            FROM found AS f JOIN {HostRows.Workflows} AS w ON w.id = f.workflow_id WHERE f.status = 'running'
            UNION ALL
            SELECT worker_id, NULL, NULL, NULL, NULL, max(coalesce(completed_at, started_at)) FROM found
            WHERE status <> 'running' AND coalesce(completed_at, started_at) <= @latest GROUP BY worker_id
            """;
        var unrecorded = await context.Database.SqlQueryRaw<UnrecordedRow>(sql, new NpgsqlParameter("ids", ids), new NpgsqlParameter("latest", latest)).ToListAsync(cancellationToken);
        // Most workers had a job lately, which the index on the moment finds; only the others' histories are looked through.
        var lately = now - WorkerState.MissedAfter;
        var completed = await LastCompletedAsync(context, "m.created_at BETWEEN @lately AND @latest AND m.worker_id = ANY(@ids)", ids, lately, latest, cancellationToken);
        long[] rest = [.. ids.Where(id => !completed.ContainsKey(id))];
        if (rest.Length > 0)
        {
            foreach (var (id, moment) in await LastCompletedAsync(context, $"m.created_at < @lately AND {HostRows.IsMoment("m.created_at")} AND m.worker_id = ANY(@ids)", rest, lately, latest, cancellationToken))
                completed[id] = moment;
        }

        var byWorker = unrecorded.ToLookup(r => r.WorkerId);
        return
        [
            .. workers.Select(w => new WorkerState(w.Id, w.Name, w.GpuModel, w.GpuVramMb, w.GpuHourPrice)
            {
                RunningJobs =
                [
                    .. byWorker[w.Id].Where(r => r.JobId is not null).OrderBy(r => r.StartedAt ?? DateTime.MaxValue).ThenBy(r => r.JobId)
                        .Select(r => new RunningJob(r.JobId!.Value, r.WorkflowId!.Value, r.WorkflowName!, r.StartedAt)),
                ],
                LastJobAt = Later(completed.TryGetValue(w.Id, out var last) ? last : null, byWorker[w.Id].Select(r => r.EndedAt).Max()),
                At = now,
            }),
        ];
    }

    private static DateTime? Later(DateTime? one, DateTime? other) => one is null || other > one ? other : one;

    private static async Task<Dictionary<long, DateTime>> LastCompletedAsync(
        PerfDashDbContext context, string condition, long[] ids, DateTime lately, DateTime latest, CancellationToken cancellationToken)
    {
        var sql = $"SELECT m.worker_id, max(m.created_at) AS last_at FROM scored_metrics AS m WHERE {condition} GROUP BY m.worker_id";
        var rows = await context.Database.SqlQueryRaw<LastRow>(
            sql, new NpgsqlParameter("ids", ids), new NpgsqlParameter("lately", lately), new NpgsqlParameter("latest", latest)).ToListAsync(cancellationToken);
        return rows.ToDictionary(r => r.WorkerId, r => r.LastAt);
    }

    private sealed record LastRow(long WorkerId, DateTime LastAt);

    private sealed record UnrecordedRow(long WorkerId, long? JobId, long? WorkflowId, string? WorkflowName, DateTime? StartedAt, DateTime? EndedAt);
}

/// <summary>What a worker does now.</summary>
public enum WorkerActivity
{
    /// <summary>A job runs on it.</summary>
    Running,

    /// <summary>None does; its last one ended within <see cref="WorkerState.MissedAfter"/>.</summary>
    Idle,

    /// <summary>None does, and the last one ended longer ago.</summary>
    NotSeen,

    /// <summary>It never had a job.</summary>
    NoJobYet,
}

/// <summary>A worker of the farm as it is now.</summary>
/// <param name="GpuVramMb">The card's memory in MB, or null.</param>
/// <param name="GpuHourPrice">Price of a GPU hour in the farm's currency, or null.</param>
public sealed record WorkerState(long WorkerId, string WorkerName, string? GpuModel, int? GpuVramMb, decimal? GpuHourPrice)
{
    /// <summary>Without a job for longer than this, a worker is missed.</summary>
    public static readonly TimeSpan MissedAfter = TimeSpan.FromHours(24);

    /// <summary>The jobs that run on it, the longest first.</summary>
    public required IReadOnlyList<RunningJob> RunningJobs { get; init; }

    /// <summary>When its last job ended, whichever way, UTC; null before the first.</summary>
    public required DateTime? LastJobAt { get; init; }

    /// <summary>The moment all this is of, UTC.</summary>
    public required DateTime At { get; init; }

    public WorkerActivity Activity =>
        RunningJobs.Count > 0 ? WorkerActivity.Running
        : LastJobAt is not { } last ? WorkerActivity.NoJobYet
        : At - last > MissedAfter ? WorkerActivity.NotSeen
        : WorkerActivity.Idle;

    /// <summary>Time since the last job ended, at least 0; null before the first.</summary>
    public TimeSpan? SinceLastJob => LastJobAt is not { } last ? null : last > At ? TimeSpan.Zero : At - last;
}

/// <summary>A job that runs.</summary>
/// <param name="WorkflowName">The workflow's name.</param>
/// <param name="StartedAt">When it started, UTC; null where the host did not say.</param>
public sealed record RunningJob(long JobId, long WorkflowId, string WorkflowName, DateTime? StartedAt);
