using Npgsql;
using PerfDash.Core.Jobs;
using PerfDash.Core.Workers;

namespace PerfDash.Core.Overview;

/// <summary>The farm at this moment, whatever a page's range and filters.</summary>
public sealed class FarmNowQueries(IDbContextFactory<PerfDashDbContext> contexts, WorkerStateQueries workers, TimeProvider time)
{
    /// <summary>Days whose same hour is what is usual.</summary>
    public const int UsualDays = 7;

    /// <summary>With fewer such days nothing is usual yet.</summary>
    public const int FewestUsualDays = 3;

    /// <summary>Latest jobs of a workflow on a worker that say how long one takes there.</summary>
    private const int TypicalJobs = 20;

    /// <summary>What waits, runs and was done in the last hour.</summary>
    public async Task<FarmNow> GetAsync(CancellationToken cancellationToken)
    {
        var states = await workers.GetAsync(null, cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: idx_jobs_open; idx_performance_metrics_figures_by_time over eight hours; idx_jobs_ended_at.
        var sql =
            $"""
            SELECT open.*, done.completed, usual.median AS usual_per_hour, usual.days AS usual_days,
                   (SELECT count(*) FROM {EndedJobs.NotCompleted} WHERE m.status = 'failed' AND m.created_at > @now - INTERVAL '1 hour' AND m.created_at <= @latest) AS failed
            FROM (SELECT count(*) FILTER (WHERE status = 'running') AS running, count(*) FILTER (WHERE status = 'pending') AS queued,
                         {HostRows.Moment("min(created_at) FILTER (WHERE status = 'pending')")} AS oldest_queued_at
                  FROM jobs WHERE status IN ('pending', 'running')) AS open,
                 (SELECT count(*) AS completed FROM performance_metrics WHERE created_at > @now - INTERVAL '1 hour' AND created_at <= @latest) AS done,
                 (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY jobs) AS median, count(*) AS days
                  FROM (SELECT (SELECT count(*) FROM performance_metrics AS m WHERE m.created_at > @now - day * INTERVAL '1 day' - INTERVAL '1 hour' AND m.created_at <= @now - day * INTERVAL '1 day') AS jobs
                        FROM generate_series(1, {UsualDays}) AS day
                        WHERE EXISTS (SELECT FROM performance_metrics AS m WHERE m.created_at <= @now - day * INTERVAL '1 day' - INTERVAL '1 hour')) AS hours) AS usual
            """;
        var row = await context.Database.SqlQueryRaw<Row>(sql, new NpgsqlParameter("now", now), new NpgsqlParameter("latest", ClockSkew.Latest(time))).SingleAsync(cancellationToken);
        return new FarmNow
        {
            At = now,
            Running = row.Running,
            Queued = row.Queued,
            OldestWaitMs = row.OldestQueuedAt is { } queued ? Math.Max(0, (now - queued).TotalMilliseconds) : null,
            CompletedLastHour = row.Completed,
            FailedLastHour = row.Failed,
            UsualPerHour = row.UsualDays >= FewestUsualDays ? row.UsualPerHour : null,
            UsualDays = (int)row.UsualDays,
            BusyWorkers = states.Count(s => s.Activity == WorkerActivity.Running),
            IdleWorkers = states.Count(s => s.Activity == WorkerActivity.Idle),
            SilentWorkers = states.Count(s => s.Activity == WorkerActivity.NotSeen),
            NextFree = states.Any(s => s.Activity == WorkerActivity.Idle) ? null : await NextFreeAsync(context, states, now, cancellationToken),
        };
    }

    /// <summary>The busy worker whose jobs end first, by what the latest jobs of the same workflow took on it; null where that is unknown of all.</summary>
    private static async Task<FreeWorker?> NextFreeAsync(PerfDashDbContext context, IReadOnlyList<WorkerState> states, DateTime now, CancellationToken cancellationToken)
    {
        var running = states.SelectMany(s => s.RunningJobs.Select(job => (s.WorkerId, job.WorkflowId))).Distinct().ToList();
        if (running.Count == 0)
            return null;
        // Plan: for each pair the end of idx_performance_metrics_figures.
        var sql =
            $"""
            SELECT r.worker_id, r.workflow_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY t.total_wall_time_ms) AS wall_time_ms
            FROM unnest(@workers, @workflows) AS r(worker_id, workflow_id) CROSS JOIN LATERAL (
                SELECT m.total_wall_time_ms FROM performance_metrics AS m
                WHERE m.workflow_id = r.workflow_id AND m.worker_id = r.worker_id AND m.total_wall_time_ms > 0 AND m.created_at > @since
                ORDER BY m.created_at DESC LIMIT {TypicalJobs}
            ) AS t GROUP BY r.worker_id, r.workflow_id
            """;
        var typical = (await context.Database.SqlQueryRaw<TypicalRow>(
            sql,
            new NpgsqlParameter("workers", running.ConvertAll(r => r.WorkerId)),
            new NpgsqlParameter("workflows", running.ConvertAll(r => r.WorkflowId)),
            new NpgsqlParameter("since", now.AddDays(-30))).ToListAsync(cancellationToken)).ToDictionary(r => (r.WorkerId, r.WorkflowId), r => r.WallTimeMs);
        return states.Where(s => s.RunningJobs.Count > 0)
            .Select(s => (State: s, Ends: s.RunningJobs.Select(job =>
                job.StartedAt is { } started && typical.TryGetValue((s.WorkerId, job.WorkflowId), out var wall) ? Math.Max(0, wall - (now - started).TotalMilliseconds) : (double?)null).ToList()))
            .Where(w => w.Ends.TrueForAll(end => end is not null))
            .Select(w => new FreeWorker(w.State.WorkerId, w.State.WorkerName, w.Ends.Max()!.Value))
            .MinBy(w => w.InMs);
    }

    private sealed record Row(long Running, long Queued, DateTime? OldestQueuedAt, long Completed, double? UsualPerHour, long UsualDays, long Failed);

    private sealed record TypicalRow(long WorkerId, long WorkflowId, double WallTimeMs);
}

/// <summary>The farm at a moment.</summary>
public sealed record FarmNow
{
    /// <summary>The moment, UTC.</summary>
    public required DateTime At { get; init; }

    /// <summary>Jobs that run.</summary>
    public required long Running { get; init; }

    /// <summary>Jobs that wait.</summary>
    public required long Queued { get; init; }

    /// <summary>How long the oldest of them has waited, milliseconds; null where none waits.</summary>
    public required double? OldestWaitMs { get; init; }

    /// <summary>Jobs that completed in the last hour.</summary>
    public required long CompletedLastHour { get; init; }

    /// <summary>Jobs that failed in the last hour.</summary>
    public required long FailedLastHour { get; init; }

    /// <summary>Median of what completed in the same hour of the last <see cref="FarmNowQueries.UsualDays"/> days; null with fewer than <see cref="FarmNowQueries.FewestUsualDays"/> of them.</summary>
    public required double? UsualPerHour { get; init; }

    /// <summary>The days that rests on.</summary>
    public required int UsualDays { get; init; }

    /// <summary>Workers on which a job runs.</summary>
    public required int BusyWorkers { get; init; }

    /// <summary>Workers on which none does.</summary>
    public required int IdleWorkers { get; init; }

    /// <summary>Workers without a job for a day.</summary>
    public required int SilentWorkers { get; init; }

    /// <summary>The busy worker that is expected to be free first; null where one is idle already, or that is unknown.</summary>
    public required FreeWorker? NextFree { get; init; }

    /// <summary>Share of failed jobs among those that completed or failed in the last hour, percent; null without any.</summary>
    public double? FailedPercent => CompletedLastHour + FailedLastHour == 0 ? null : 100d * FailedLastHour / (CompletedLastHour + FailedLastHour);

    /// <summary>Jobs of the last hour against what is usual, percent; null where nothing is usual.</summary>
    public double? AgainstUsualPercent => UsualPerHour is > 0 and var usual ? 100 * (CompletedLastHour - usual) / usual : null;
}

/// <summary>A worker that will be free.</summary>
/// <param name="InMs">Milliseconds from now; 0 where its jobs have taken longer than is typical already.</param>
public sealed record FreeWorker(long WorkerId, string WorkerName, double InMs);
