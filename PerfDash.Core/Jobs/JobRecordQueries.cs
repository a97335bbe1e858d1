namespace PerfDash.Core.Jobs;

/// <summary>A job as the host's table has it, whether or not it has figures, and its neighbours.</summary>
public sealed class JobRecordQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Characters of a result that are handed out; longer ones are cut.</summary>
    public const int MaxResultLength = 100_000;

    private static readonly TimeSpan Reach = TimeSpan.FromDays(30);

    /// <summary>The job; null when there is none of that id.</summary>
    public async Task<JobRecord?> GetAsync(long jobId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var sql =
            $"""
            SELECT j.id AS job_id, {HostRows.Cut("j.external_id")} AS external_id, j.status, j.workflow_id, w.name AS workflow_name, j.worker_id, k.name AS worker_name, k.gpu_model,
                   j.project_id, p.name AS project_name, c.name AS character_name, s.name AS scene_name, j.error,
                   j.created_at, j.started_at, j.completed_at,
                   left(j.result::text, {MaxResultLength + 1}) AS result, left(j.parameters::text, {MaxResultLength + 1}) AS parameters,
                   f.error AS collection_error, f.attempts AS collection_attempts, f.last_failed_at AS collection_failed_at,
                   EXISTS (SELECT FROM job_collections AS r WHERE r.job_id = j.id) AS is_recorded
            FROM {HostRows.Jobs} AS j JOIN {HostRows.Workflows} AS w ON w.id = j.workflow_id LEFT JOIN {HostRows.Workers} AS k ON k.id = j.worker_id
            LEFT JOIN {HostRows.Projects} AS p ON p.id = j.project_id LEFT JOIN {HostRows.Characters} AS c ON c.id = j.character_id
            LEFT JOIN {HostRows.Scenes} AS s ON s.id = j.scene_id LEFT JOIN failed_collections AS f ON f.job_id = j.id AND j.status = 'completed'
            WHERE j.id = @job_id
            """;
        return (await context.Database.SqlQueryRaw<JobRecord>(sql, new Npgsql.NpgsqlParameter("job_id", jobId)).ToListAsync(cancellationToken)).SingleOrDefault();
    }

    /// <summary>The recorded jobs of a workflow that completed next before and after one, within 30 days; null where there is none.</summary>
    public async Task<(long? Previous, long? Next)> GetNeighboursAsync(
        long workflowId, long jobId, DateTimeOffset completedAt, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return (await NextAsync("<", "DESC", new TimeRange(Shifted(-Reach), Shifted(TimeSpan.FromTicks(10)))),
            await NextAsync(">", "ASC", new TimeRange(completedAt, Shifted(Reach))));

        async Task<long?> NextAsync(string beyond, string direction, TimeRange range)
        {
            var where = new MetricCondition(range, new MetricFilter(WorkflowId: workflowId));
            var found = await where.QueryAsync<long>(
                context,
                $"""
                SELECT m.job_id AS "Value" FROM scored_metrics AS m
                WHERE {where.Sql} AND (m.created_at, m.job_id) {beyond} (@completed_at, @job_id) ORDER BY m.created_at {direction}, m.job_id {direction} LIMIT 1
                """,
                cancellationToken,
                ("completed_at", completedAt.UtcDateTime),
                ("job_id", jobId));
            return found.Count > 0 ? found[0] : null;
        }

        DateTimeOffset Shifted(TimeSpan by) =>
            by < TimeSpan.Zero && completedAt - DateTimeOffset.MinValue < -by ? DateTimeOffset.MinValue
            : by > TimeSpan.Zero && DateTimeOffset.MaxValue - completedAt < by ? DateTimeOffset.MaxValue
            : completedAt + by;
    }
}

/// <summary>A job as the host's table has it. Moments are UTC.</summary>
public sealed record JobRecord
{
    public long JobId { get; init; }

    /// <summary>The host's key, or null.</summary>
    public string? ExternalId { get; init; }

    /// <summary>A value of <c>jobs.status</c>.</summary>
    public string Status { get; init; } = "";

    public long WorkflowId { get; init; }

    public string WorkflowName { get; init; } = "";

    /// <summary>Its worker; null while none is assigned.</summary>
    public long? WorkerId { get; init; }

    /// <summary>Its worker's name, or null.</summary>
    public string? WorkerName { get; init; }

    /// <summary>The worker's card, or null.</summary>
    public string? GpuModel { get; init; }

    public long? ProjectId { get; init; }

    /// <summary>Its project's name, or null.</summary>
    public string? ProjectName { get; init; }

    /// <summary>Its character's name, or null.</summary>
    public string? CharacterName { get; init; }

    /// <summary>Its scene's name, or null.</summary>
    public string? SceneName { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; init; }

    /// <summary>When it was queued; null where the row has no date .NET can hold.</summary>
    public DateTime? CreatedAt { get; init; }

    public DateTime? StartedAt { get; init; }

    /// <summary>When it ended, or null.</summary>
    public DateTime? CompletedAt { get; init; }

    /// <summary>The result as JSON text, or null; one character longer than <see cref="JobRecordQueries.MaxResultLength"/> where it was cut.</summary>
    public string? Result { get; init; }

    /// <summary>The parameters, likewise.</summary>
    public string? Parameters { get; init; }

    /// <summary>Why it could not be recorded; null when it is no failed collection.</summary>
    public string? CollectionError { get; init; }

    /// <summary>How often recording it was tried; null when it is no failed collection.</summary>
    public int? CollectionAttempts { get; init; }

    /// <summary>When recording it was last tried; null when it is no failed collection.</summary>
    public DateTime? CollectionFailedAt { get; init; }

    /// <summary>True once its metric was recorded; where the metric is gone nevertheless, retention took it.</summary>
    public bool IsRecorded { get; init; }
}
