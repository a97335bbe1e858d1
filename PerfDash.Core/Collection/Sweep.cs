using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Collection;

/// <summary>
/// Finds completed jobs that no trigger queued: completed while triggers were disabled, restored from a backup, or
/// before PerfDash was installed. They are put into the outbox, as the trigger would have done; what completed more than
/// 24 hours ago as history, which opens no incidents. Failed collections are reconciled with their jobs: what the host has
/// taken back leaves the list, and what may be recordable by now is tried again.
/// </summary>
public sealed partial class Sweep(NpgsqlDataSource dataSource, CollectionState state, ILogger<Sweep> logger)
{
    private const int Step = 10_000;

    // On ten million jobs a step that finds nothing reads them all.
    private const int StepTimeoutSeconds = 240;

    /// <summary>Puts every missed completion into the outbox and returns how many there were.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var all = 0;
        for (var after = long.MinValue; ;)
        {
            var (found, last) = await StepAsync(after, cancellationToken);
            all += found;
            if (found > 0)
                state.Wake();
            if (found < Step)
                break;
            after = last;
        }

        if (all > 0)
            LogFound(all);
        await ReconcileFailuresAsync(cancellationToken);
        await NoteEndingsAsync(cancellationToken);
        return all;
    }

    // Plan: failed_collections is short; all else by key. A try that fails again is repeated after 2, 4, 8 … minutes, at
    // last once a day.
    private async Task ReconcileFailuresAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            WITH settled AS (
                DELETE FROM failed_collections AS f USING jobs AS j
                WHERE j.id = f.job_id AND (j.status <> 'completed' OR EXISTS (SELECT FROM job_collections AS c WHERE c.job_id = f.job_id))
                RETURNING f.job_id
            ), retried AS (
                INSERT INTO job_completions (job_id, is_history)
                SELECT f.job_id, COALESCE(j.completed_at < now() - INTERVAL '24 hours', false)
                FROM failed_collections AS f JOIN jobs AS j ON j.id = f.job_id
                WHERE j.status = 'completed' AND f.last_failed_at < now() - INTERVAL '1 minute' * LEAST(power(2, LEAST(f.attempts, 11)), 1440)
                  AND EXISTS (SELECT FROM workflows AS w WHERE w.id = j.workflow_id) AND EXISTS (SELECT FROM workers AS k WHERE k.id = j.worker_id)
                  AND NOT EXISTS (SELECT FROM job_collections AS c WHERE c.job_id = f.job_id)
                  AND NOT EXISTS (SELECT FROM job_completions AS o WHERE o.job_id = f.job_id)
                ORDER BY f.job_id RETURNING 1
            )
            SELECT (SELECT count(*) FROM settled), (SELECT count(*) FROM retried)
            """);
        command.CommandTimeout = StepTimeoutSeconds;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (settled, retried) = (reader.GetInt64(0), reader.GetInt64(1));
        if (settled > 0)
            LogSettled(settled);
        if (retried == 0)
            return;
        LogRetried(retried);
        state.Wake();
    }

    // Dates jobs that turned failed or cancelled unseen. Plan: the few jobs without a metric by their partial index.
    private async Task NoteEndingsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            INSERT INTO job_endings (job_id, ended_at)
            SELECT j.id, CASE WHEN COALESCE(j.started_at, j.created_at) > now() - INTERVAL '24 hours' THEN now() ELSE COALESCE(j.started_at, j.created_at) END
            FROM jobs AS j
            WHERE j.status IN ('failed', 'cancelled') AND j.completed_at IS NULL AND NOT EXISTS (SELECT FROM job_endings AS e WHERE e.job_id = j.id)
            ORDER BY j.id ON CONFLICT (job_id) DO NOTHING
            """);
        command.CommandTimeout = StepTimeoutSeconds;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Plan: anti-joins of jobs with job_collections (merge, both by key) and with the two short tables. One instance at a
    // time: to a second one there is nothing to find.
    private async Task<(int Found, long Last)> StepAsync(long after, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            WITH missed AS MATERIALIZED (
                SELECT j.id, COALESCE(j.completed_at < now() - INTERVAL '24 hours', false) AS is_history FROM jobs AS j
                WHERE (SELECT pg_try_advisory_xact_lock(hashtext('perfdash_sweep')))
                  AND j.status = 'completed' AND j.id > $1
                  AND NOT EXISTS (SELECT FROM job_collections AS c WHERE c.job_id = j.id)
                  AND NOT EXISTS (SELECT FROM failed_collections AS f WHERE f.job_id = j.id)
                  AND NOT EXISTS (SELECT FROM job_completions AS o WHERE o.job_id = j.id)
                ORDER BY j.id LIMIT $2
            ), queued AS (
                INSERT INTO job_completions (job_id, is_history) SELECT id, is_history FROM missed
            )
            SELECT count(*), max(id) FROM missed
            """);
        command.CommandTimeout = StepTimeoutSeconds;
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = Step });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return ((int)reader.GetInt64(0), reader.IsDBNull(1) ? after : reader.GetInt64(1));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Found {Count} completed jobs that the trigger missed; collecting them now")]
    private partial void LogFound(int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} failed collections were closed: their jobs are recorded, or no longer completed")]
    private partial void LogSettled(long count);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} failed collections are tried again")]
    private partial void LogRetried(long count);
}

/// <summary>Runs <see cref="Sweep"/> on Quartz's clock.</summary>
public sealed class SweepJob(IServiceProvider services, Sweep sweep) : ScheduledJob(services)
{
    protected override Task RunAsync(CancellationToken cancellationToken) => sweep.RunAsync(cancellationToken);
}
