using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Messaging;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Collection;

/// <summary>The writing half of collection: what one transaction records and sets aside.</summary>
internal sealed class MetricBatch
{
    private readonly List<(ClaimedCompletion Completion, JobReading Reading)> _recorded = [];
    private readonly List<(ClaimedCompletion Completion, string Error)> _failed = [];
    private readonly List<long> _settled = [];

    /// <summary>Failed collections.</summary>
    public int FailedCount => _failed.Count;

    /// <summary>When the jobs completed; null is now.</summary>
    public IEnumerable<DateTime?> Moments => _recorded.Select(r => r.Completion.CompletedAt);

    /// <summary>Sorts a completion into recorded, failed, or nothing to do.</summary>
    public void Add(ClaimedCompletion completion)
    {
        // Gone, or recorded before; or started again since, in which case its next completion is the one to record; or
        // failed or cancelled since without ever having been recordable.
        if (completion.AlreadyCollected
            || completion.Status is null or JobStatus.Pending or JobStatus.Running
            || (completion.Status != JobStatus.Completed && (completion.WorkerId is null || completion.WorkflowId is null)))
        {
            _settled.Add(completion.JobId);
        }
        else if (completion.WorkerId is null)
            _failed.Add((completion, "The job has no existing worker. Set jobs.worker_id to collect it automatically, or retry it here."));
        else if (completion.WorkflowId is null)
            _failed.Add((completion, "The job's workflow does not exist. Create the workflow, then retry."));
        else
            _recorded.Add((completion, Read(completion)));
    }

    /// <summary>Writes everything in one round trip within the caller's transaction; returns the jobs whose metrics were new.</summary>
    public async Task<IReadOnlyList<RecordedJob>> WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_recorded.Count + _failed.Count + _settled.Count == 0)
            return [];
        await using var batch = new NpgsqlBatch(connection);
        if (_recorded.Count > 0)
        {
            if (_recorded.Exists(r => r.Completion.HasWaitingScores))
                batch.BatchCommands.Add(AttachScores());
            batch.BatchCommands.Add(InsertMetrics());
            if (_recorded.Exists(r => r.Completion.Fingerprint is not null))
                batch.BatchCommands.Add(InsertVersions());
            batch.BatchCommands.Add(NotifyRecorded());
        }

        if (_failed.Count > 0)
            batch.BatchCommands.Add(UpsertFailures());
        if (_recorded.Count + _settled.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("DELETE FROM failed_collections WHERE job_id = ANY($1)")
            {
                Parameters = { new() { Value = (long[])[.. _recorded.Select(r => r.Completion.JobId), .. _settled] } },
            });
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return _recorded.Count > 0 ? await ReadRecordedAsync(reader, cancellationToken) : [];
    }

    /// <summary>Notifies the other instances that figures have changed.</summary>
    // A full queue would refuse the commit; pages then learn of it by asking.
    internal static NpgsqlBatchCommand NotifyRecorded() => new("SELECT pg_notify('perfdash_recorded', $1) WHERE pg_notification_queue_usage() < 0.5")
    {
        Parameters = { new() { Value = LiveUpdates.InstanceId } },
    };

    private async Task<List<RecordedJob>> ReadRecordedAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var byJob = _recorded.ToDictionary(r => r.Completion.JobId);
        var recorded = new List<RecordedJob>(_recorded.Count);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (completion, reading) = byJob[reader.GetInt64(0)];
            recorded.Add(new RecordedJob(
                completion.JobId, completion.WorkflowId!.Value, completion.WorkerId!.Value, reader.GetDateTime(1), reading.WithEarlier(completion.EarlierScoresJson), completion.IsHistory));
        }

        return recorded;
    }

    private static JobReading Read(ClaimedCompletion completion)
    {
        var reading = JobResultReader.Read(completion.ResultJson, completion.StartedAt, completion.CompletedAt);
        List<CollectionWarning> more =
        [
            .. completion.Unusable.Select(column => new CollectionWarning(
                column, column.EndsWith("_at", StringComparison.Ordinal) ? "is not a date that can be stored" : "refers to a row that does not exist")),
        ];
        // By the clock of the database, at the moment the completion was queued.
        if (completion.CompletedAt is { } completed && ClockSkew.IsAhead(completed, completion.QueuedAt))
            more.Add(new CollectionWarning("completed_at", $"is in the future ({completed:yyyy-MM-ddTHH:mm:ssZ}): until then the job is not counted as the latest"));
        return more.Count == 0 ? reading : reading with { Warnings = [.. reading.Warnings, .. more] };
    }

    // job_collections is the guard: only jobs it did not hold yet get a metric. A job whose metric another program wrote is
    // recorded by that: found by the same moment, and for jobs that failed before by any, which costs a look into every month. Both in the order of job_id, so that
    // two collectors that meet the same jobs wait for each other instead of deadlocking.
    private NpgsqlBatchCommand InsertMetrics() => new(
        $$"""
        WITH incoming AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text[], $14::text[], $15, $16, $17::text[], $18)
                AS t(job_id, queued_at, workflow_id, worker_id, project_id, character_id, scene_id, time_per_frame_ms,
                     total_gpu_time_ms, total_wall_time_ms, vram_peak_mb, frame_count, scores, stages, resolution_tier, completed_at, warnings, run_class)
        ), taken AS (
            INSERT INTO job_collections (job_id, queued_at, warnings)
            SELECT job_id, queued_at, warnings::jsonb FROM incoming ORDER BY job_id
            ON CONFLICT (job_id) DO NOTHING
            RETURNING job_id
        ), recorded AS (
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, project_id, character_id, scene_id, time_per_frame_ms,
                total_gpu_time_ms, total_wall_time_ms, vram_peak_mb, frame_count, quality_scores_json, pipeline_stages_json,
                resolution_tier, created_at, run_class)
            SELECT i.job_id, workflow_id, worker_id, project_id, character_id, scene_id, time_per_frame_ms, total_gpu_time_ms,
                total_wall_time_ms, vram_peak_mb, frame_count, scores::jsonb, stages::jsonb, resolution_tier, COALESCE(completed_at, now()), run_class
            FROM incoming AS i JOIN taken USING (job_id)
            {{(_recorded.Exists(r => r.Completion.HasFailed) ? "WHERE NOT EXISTS (SELECT FROM performance_metrics AS p WHERE p.job_id = i.job_id)" : "")}}
            ON CONFLICT (job_id, created_at) DO NOTHING
            RETURNING job_id, created_at
        ), scored AS (
            UPDATE late_scores AS l SET created_at = r.created_at FROM recorded AS r WHERE l.job_id = r.job_id
        )
        SELECT job_id, created_at FROM recorded
        """)
    {
        Parameters =
        {
            Values(NpgsqlDbType.Bigint, r => r.Completion.JobId),
            Values(NpgsqlDbType.TimestampTz, r => r.Completion.QueuedAt),
            Values(NpgsqlDbType.Bigint, r => r.Completion.WorkflowId!.Value),
            Values(NpgsqlDbType.Bigint, r => r.Completion.WorkerId!.Value),
            Values(NpgsqlDbType.Bigint, r => r.Completion.ProjectId),
            Values(NpgsqlDbType.Bigint, r => r.Completion.CharacterId),
            Values(NpgsqlDbType.Bigint, r => r.Completion.SceneId),
            Values(NpgsqlDbType.Real, r => r.Reading.TimePerFrameMs),
            Values(NpgsqlDbType.Bigint, r => r.Reading.TotalGpuTimeMs),
            Values(NpgsqlDbType.Bigint, r => r.Reading.TotalWallTimeMs),
            Values(NpgsqlDbType.Integer, r => r.Reading.VramPeakMb),
            Values(NpgsqlDbType.Integer, r => r.Reading.FrameCount),
            Values(NpgsqlDbType.Text, r => r.Reading.QualityScoresJson),
            Values(NpgsqlDbType.Text, r => r.Reading.PipelineStagesJson),
            Values(NpgsqlDbType.Text, r => r.Reading.ResolutionTier),
            Values(NpgsqlDbType.TimestampTz, r => r.Completion.CompletedAt),
            Values(NpgsqlDbType.Text, r => CollectionWarning.JsonOf(r.Reading.Warnings)),
            Values(NpgsqlDbType.Text, r => r.Completion.RunClass?.ToText()),
        },
    };

    // Scores that came before their job was known: from now on they are kept by its id. Of two keys of one job the first scores count.
    private NpgsqlBatchCommand AttachScores() => new(
        """
        WITH attached AS (
            DELETE FROM waiting_scores AS w USING jobs AS j
            WHERE j.id = ANY($1) AND (w.job_id = j.id OR w.external_id = j.external_id)
            RETURNING j.id AS job_id, w.id, w.scores
        )
        INSERT INTO late_scores AS l (job_id, scores)
        SELECT a.job_id, jsonb_object_agg(s.key, s.value ORDER BY a.id DESC) FROM attached AS a CROSS JOIN jsonb_each(a.scores) AS s GROUP BY a.job_id ORDER BY a.job_id
        ON CONFLICT (job_id) DO UPDATE SET scores = excluded.scores || l.scores
        """)
    {
        Parameters = { new() { Value = _recorded.Where(r => r.Completion.HasWaitingScores).Select(r => r.Completion.JobId).ToArray() } },
    };

    // Most are known: the row of a known version is neither written nor locked. In the order of its key, as in other collectors.
    private NpgsqlBatchCommand InsertVersions() => new(
        """
        INSERT INTO workflow_versions AS v (workflow_id, fingerprint, first_seen_at, first_job_id)
        SELECT DISTINCT ON (i.workflow_id, i.fingerprint) i.* FROM (
            SELECT workflow_id, fingerprint, COALESCE(completed_at, now()) AS at, job_id FROM unnest($1, $2, $3, $4) AS t(workflow_id, fingerprint, completed_at, job_id)
        ) AS i
        WHERE i.fingerprint IS NOT NULL
          AND NOT EXISTS (SELECT FROM workflow_versions AS k WHERE k.workflow_id = i.workflow_id AND k.fingerprint = i.fingerprint AND k.first_seen_at <= i.at)
        ORDER BY i.workflow_id, i.fingerprint, i.at, i.job_id
        ON CONFLICT (workflow_id, fingerprint) DO UPDATE SET first_seen_at = excluded.first_seen_at, first_job_id = excluded.first_job_id
        WHERE excluded.first_seen_at < v.first_seen_at
        """)
    {
        Parameters =
        {
            Values(NpgsqlDbType.Bigint, r => r.Completion.WorkflowId!.Value),
            Values(NpgsqlDbType.Text, r => r.Completion.Fingerprint),
            Values(NpgsqlDbType.TimestampTz, r => r.Completion.CompletedAt),
            Values(NpgsqlDbType.Bigint, r => r.Completion.JobId),
        },
    };

    private NpgsqlBatchCommand UpsertFailures() => new(
        """
        -- By the clock: the transaction may have begun before the completion that it claimed.
        INSERT INTO failed_collections AS f (job_id, queued_at, error, first_failed_at, last_failed_at)
        SELECT t.*, clock_timestamp(), clock_timestamp() FROM unnest($1, $2, $3) AS t ORDER BY 1
        ON CONFLICT (job_id) DO UPDATE
        SET error = excluded.error, queued_at = excluded.queued_at, attempts = f.attempts + 1, last_failed_at = excluded.last_failed_at
        """)
    {
        Parameters =
        {
            new() { Value = _failed.ConvertAll(f => f.Completion.JobId) },
            new() { Value = _failed.ConvertAll(f => f.Completion.QueuedAt) },
            new() { Value = _failed.ConvertAll(f => f.Error) },
        },
    };

    private NpgsqlParameter Values<T>(NpgsqlDbType type, Func<(ClaimedCompletion Completion, JobReading Reading), T> value) =>
        new() { Value = _recorded.ConvertAll(r => value(r)), NpgsqlDbType = NpgsqlDbType.Array | type };
}

/// <summary>A job whose metric the current transaction recorded.</summary>
/// <param name="CompletedAt">When it completed, UTC, as stored.</param>
/// <param name="Reading">What it measured.</param>
/// <param name="IsHistory">Imported history: opens no incidents.</param>
public sealed record RecordedJob(long JobId, long WorkflowId, long WorkerId, DateTime CompletedAt, JobReading Reading, bool IsHistory);
