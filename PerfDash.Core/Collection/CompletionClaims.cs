using Npgsql;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Collection;

/// <summary>A claimed completion with everything known about its job.</summary>
internal sealed record ClaimedCompletion
{
    public required long JobId { get; init; }

    public required DateTime QueuedAt { get; init; }

    /// <summary>Null when the job row is gone.</summary>
    public string? Status { get; init; }

    public bool AlreadyCollected { get; init; }

    /// <summary>Null when the job names none that exists; so are the others.</summary>
    public long? WorkflowId { get; init; }

    public long? WorkerId { get; init; }

    public long? ProjectId { get; init; }

    public long? CharacterId { get; init; }

    public long? SceneId { get; init; }

    /// <summary>Names of the columns whose value points to no row or lies outside what a date can be.</summary>
    public required string[] Unusable { get; init; }

    public string? ResultJson { get; init; }

    public DateTime? StartedAt { get; init; }

    public DateTime? CompletedAt { get; init; }

    /// <summary>Imported history: recorded, but opens no incidents.</summary>
    public bool IsHistory { get; init; }

    /// <summary>It is among the failed collections.</summary>
    public bool HasFailed { get; init; }

    /// <summary>Scores that were reported before the job completed, as a JSON object; null without any.</summary>
    public string? EarlierScoresJson { get; init; }

    /// <summary>Whether some of them wait by a key of the job.</summary>
    public bool HasWaitingScores { get; init; }

    /// <summary>Warm, cold or cached, by the job's parameters; null where they do not say.</summary>
    public RunClass? RunClass { get; init; }

    /// <summary>What the workflow ran with (graph, models, settings), by the job's parameters; null where they do not say.</summary>
    public string? Fingerprint { get; init; }
}

/// <summary>The claiming half of collection.</summary>
internal static class CompletionClaims
{
    // Plan: the outbox by its key from the front (it is short: rows leave as fast as they come), the rest by key per row.
    // A host's tables need not have foreign keys, hence the joins; dates outside .NET's years become null.
    // Of a result that is large (images inside, say) only the fields that are read leave the database.
    // The lock timeout: recording locks the rows a metric refers to, and a host may hold those as long as it likes. It is
    // below deadlock_timeout, so that of a host and a collector that wait for each other the collector gives up.
    private static string Sql(string condition, string lockTimeout) =>
        $$"""
        SET LOCAL lock_timeout = '{{lockTimeout}}';
        WITH claimed AS (
            DELETE FROM job_completions
            WHERE id IN (SELECT id FROM job_completions {{condition}} ORDER BY id LIMIT @limit FOR UPDATE SKIP LOCKED)
            RETURNING job_id, queued_at, is_history
        ), queued AS (
            SELECT job_id, min(queued_at) AS queued_at, bool_and(is_history) AS is_history FROM claimed GROUP BY job_id
        )
        SELECT n.job_id, n.queued_at, j.status, c.job_id IS NOT NULL, w.id, k.id, p.id, ch.id, s.id,
               array_remove(ARRAY[
                   CASE WHEN j.project_id IS NOT NULL AND p.id IS NULL THEN 'project_id' END,
                   CASE WHEN j.character_id IS NOT NULL AND ch.id IS NULL THEN 'character_id' END,
                   CASE WHEN j.scene_id IS NOT NULL AND s.id IS NULL THEN 'scene_id' END,
                   CASE WHEN NOT {{HostRows.IsMoment("j.started_at")}} THEN 'started_at' END,
                   CASE WHEN NOT {{HostRows.IsMoment("j.completed_at")}} THEN 'completed_at' END], NULL),
               CASE WHEN pg_column_size(j.result) <= 65536 THEN j.result::text
                    WHEN jsonb_typeof(j.result::jsonb) = 'object' THEN (
                        SELECT COALESCE(jsonb_object_agg(key, value), '{}')::text FROM jsonb_each(j.result::jsonb)
                        WHERE key IN ('frame_count', 'time_per_frame_ms', 'total_gpu_time_ms', 'total_wall_time_ms', 'vram_peak_mb',
                                      'resolution_tier', 'quality_scores', 'pipeline_stages', '{{JobResultReader.AsRecorded}}', '{{JobResultReader.WarningsField}}'))
                    WHEN jsonb_typeof(j.result::jsonb) = 'array' THEN '[]'
                    WHEN j.result IS NOT NULL THEN '""' END,
               {{HostRows.Moment("j.started_at")}},
               {{HostRows.Moment("j.completed_at")}},
               n.is_history, EXISTS (SELECT FROM failed_collections AS f WHERE f.job_id = n.job_id),
               (COALESCE(ws.scores, '{}') || COALESCE(ls.scores, '{}'))::text, ws.scores IS NOT NULL,
               j.parameters::jsonb ->> 'run_class', left(j.parameters::jsonb ->> 'fingerprint', 100)
        FROM queued AS n
        LEFT JOIN jobs AS j ON j.id = n.job_id
        LEFT JOIN job_collections AS c ON c.job_id = n.job_id
        LEFT JOIN workflows AS w ON w.id = j.workflow_id
        LEFT JOIN workers AS k ON k.id = j.worker_id
        LEFT JOIN projects AS p ON p.id = j.project_id
        LEFT JOIN characters AS ch ON ch.id = j.character_id
        LEFT JOIN scenes AS s ON s.id = j.scene_id
        LEFT JOIN late_scores AS ls ON ls.job_id = n.job_id
        LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(e.key, e.value ORDER BY x.id DESC) AS scores
            FROM (SELECT id, scores FROM waiting_scores WHERE job_id = n.job_id UNION ALL SELECT id, scores FROM waiting_scores WHERE external_id = j.external_id) AS x
            CROSS JOIN jsonb_each(x.scores) AS e
        ) AS ws ON true
        ORDER BY n.job_id
        """;

    private static readonly string AnySql = Sql("", "500ms");
    private static readonly string OneSql = Sql("WHERE id = @only", "20ms");

    /// <summary>Removes up to <paramref name="limit"/> completions from the outbox within the caller's transaction, by job.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="only">One row of the outbox, or null for the oldest.</param>
    public static async Task<List<ClaimedCompletion>> TakeAsync(
        NpgsqlConnection connection, int limit, long? only, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(only is null ? AnySql : OneSql, connection);
        command.Parameters.Add(new("limit", limit));
        if (only is not null)
            command.Parameters.Add(new("only", only.Value));

        var claimed = new List<ClaimedCompletion>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            claimed.Add(new ClaimedCompletion
            {
                JobId = reader.GetInt64(0),
                QueuedAt = reader.GetDateTime(1),
                Status = reader.IsDBNull(2) ? null : reader.GetString(2),
                AlreadyCollected = reader.GetBoolean(3),
                WorkflowId = Id(4),
                WorkerId = Id(5),
                ProjectId = Id(6),
                CharacterId = Id(7),
                SceneId = Id(8),
                Unusable = reader.GetFieldValue<string[]>(9),
                ResultJson = reader.IsDBNull(10) ? null : reader.GetString(10),
                StartedAt = reader.IsDBNull(11) ? null : reader.GetDateTime(11),
                CompletedAt = reader.IsDBNull(12) ? null : reader.GetDateTime(12),
                IsHistory = reader.GetBoolean(13),
                HasFailed = reader.GetBoolean(14),
                EarlierScoresJson = reader.GetString(15) is "{}" ? null : reader.GetString(15),
                HasWaitingScores = reader.GetBoolean(16),
                RunClass = EnumText.Find<RunClass>(reader.IsDBNull(17) ? null : reader.GetString(17)),
                Fingerprint = reader.IsDBNull(18) ? null : reader.GetString(18),
            });
        }

        return claimed;

        long? Id(int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetInt64(ordinal);
    }

    /// <summary>Ids of the oldest rows of the outbox, without claiming them: so many more than the limit that rows held by others do not fill it.</summary>
    public static async Task<List<long>> PeekAsync(NpgsqlDataSource dataSource, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT id FROM job_completions ORDER BY id LIMIT @limit");
        command.Parameters.Add(new("limit", limit * 10L));
        var ids = new List<long>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetInt64(0));
        return ids;
    }
}
