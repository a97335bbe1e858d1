using Npgsql;
using NpgsqlTypes;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Demo;

/// <summary>Writes demo jobs by binary COPY over one connection; not thread-safe.</summary>
internal sealed class DemoBulkCopy(NpgsqlConnection connection, DemoCatalogRows catalog) : IDisposable
{
    // Foreign keys are checked after the last row, while the client waits.
    private static readonly TimeSpan CopyTimeout = TimeSpan.FromMinutes(10);

    private readonly DemoJobJson _json = new();

    public void Dispose() => _json.Dispose();

    /// <summary>Copies ended jobs into <c>jobs</c>; the trigger notes the completed ones unless it is off.</summary>
    /// <param name="jobId">Key of the job at a place, or null to take the table's own sequence.</param>
    /// <param name="externalId">External id of the job at a place, or null for none.</param>
    public async Task WriteJobsAsync(
        IEnumerable<DemoJob> jobs, Func<int, long>? jobId, Func<int, string>? externalId, CancellationToken cancellationToken)
    {
        var narrow = await NarrowColumnsAsync(cancellationToken);
        var idColumn = jobId is null ? "" : "id, ";
        await using var copy = await connection.BeginBinaryImportAsync(
            $"""
            COPY jobs ({idColumn}external_id, workflow_id, worker_id, project_id, character_id, scene_id, status, parameters, result,
                       error, created_at, started_at, completed_at) FROM STDIN (FORMAT binary)
            """, cancellationToken);
        copy.Timeout = CopyTimeout;
        var place = 0;
        foreach (var job in jobs)
        {
            await copy.StartRowAsync(cancellationToken);
            if (jobId is not null)
                await WriteIdAsync(copy, jobId(place), narrow.Contains("id"), cancellationToken);
            await WriteTextAsync(copy, externalId?.Invoke(place), cancellationToken);
            await WriteOwnersAsync(copy, job, narrow, cancellationToken);
            await copy.WriteAsync(job.Failed ? JobStatus.Failed : JobStatus.Completed, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(_json.Parameters(job), NpgsqlDbType.Jsonb, cancellationToken);
            if (job.Failed)
                await copy.WriteNullAsync(cancellationToken);
            else
                await copy.WriteAsync(_json.Result(job), narrow.Contains("result") ? NpgsqlDbType.Json : NpgsqlDbType.Jsonb, cancellationToken);
            await WriteTextAsync(copy, job.Error, cancellationToken);
            await copy.WriteAsync(job.CreatedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(job.StartedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(job.CompletedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            place++;
        }
        await copy.CompleteAsync(cancellationToken);
    }

    /// <summary>Copies the metrics of those jobs that completed.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> WriteMetricsAsync(IReadOnlyList<DemoJob> jobs, long[] jobIds, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            """
            COPY performance_metrics (job_id, workflow_id, worker_id, project_id, character_id, scene_id, time_per_frame_ms,
                                      total_gpu_time_ms, total_wall_time_ms, vram_peak_mb, frame_count, quality_scores_json,
                                      pipeline_stages_json, resolution_tier, created_at) FROM STDIN (FORMAT binary)
            """, cancellationToken);
        copy.Timeout = CopyTimeout;
        var written = 0;
        for (var i = 0; i < jobs.Count; i++)
        {
            var job = jobs[i];
            if (job.Failed)
                continue;
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(jobIds[i], NpgsqlDbType.Bigint, cancellationToken);
            await WriteOwnersAsync(copy, job, [], cancellationToken);
            await copy.WriteAsync((float)job.TimePerFrameMs, NpgsqlDbType.Real, cancellationToken);
            await copy.WriteAsync(job.GpuTimeMs, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(job.WallTimeMs, NpgsqlDbType.Bigint, cancellationToken);
            if (job.VramPeakMb is { } vramPeakMb)
                await copy.WriteAsync(vramPeakMb, NpgsqlDbType.Integer, cancellationToken);
            else
                await copy.WriteNullAsync(cancellationToken);
            await copy.WriteAsync(job.FrameCount, NpgsqlDbType.Integer, cancellationToken);
            if (job.Scores is { } scores)
                await copy.WriteAsync(_json.Scores(scores), NpgsqlDbType.Jsonb, cancellationToken);
            else
                await copy.WriteNullAsync(cancellationToken);
            if (job.Stages is { } stages)
                await copy.WriteAsync(_json.Stages(stages), NpgsqlDbType.Jsonb, cancellationToken);
            else
                await copy.WriteNullAsync(cancellationToken);
            await copy.WriteAsync(job.Tier.Name, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(job.CompletedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            written++;
        }
        await copy.CompleteAsync(cancellationToken);
        return written;
    }

    /// <summary>Copies the notes that those jobs' metrics have been recorded.</summary>
    public async Task WriteCollectionsAsync(
        IReadOnlyList<DemoJob> jobs, long[] jobIds, DateTime recordedAt, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "COPY job_collections (job_id, queued_at, recorded_at) FROM STDIN (FORMAT binary)", cancellationToken);
        copy.Timeout = CopyTimeout;
        for (var i = 0; i < jobs.Count; i++)
        {
            if (jobs[i].Failed)
                continue;
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(jobIds[i], NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(recordedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(recordedAt, NpgsqlDbType.TimestampTz, cancellationToken);
        }
        await copy.CompleteAsync(cancellationToken);
    }

    private async Task WriteOwnersAsync(NpgsqlBinaryImporter copy, DemoJob job, HashSet<string> narrow, CancellationToken cancellationToken)
    {
        await WriteIdAsync(copy, catalog.Workflows[job.Workflow.Index], narrow.Contains("workflow_id"), cancellationToken);
        await WriteIdAsync(copy, catalog.Workers[job.Worker.Index], narrow.Contains("worker_id"), cancellationToken);
        await WriteIdAsync(copy, catalog.Projects, job.ProjectIndex, narrow.Contains("project_id"), cancellationToken);
        await WriteIdAsync(copy, catalog.Characters, job.CharacterIndex, narrow.Contains("character_id"), cancellationToken);
        await WriteIdAsync(copy, catalog.Scenes, job.SceneIndex, narrow.Contains("scene_id"), cancellationToken);
    }

    /// <summary>Columns of <c>jobs</c> that a host has as INTEGER in place of BIGINT, or JSON in place of JSONB: a binary COPY converts nothing.</summary>
    private async Task<HashSet<string>> NarrowColumnsAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = 'jobs'::regclass AND atttypid IN ('int4'::regtype, 'json'::regtype) AND NOT attisdropped", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var columns = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            columns.Add(reader.GetString(0));
        return columns;
    }

    private static Task WriteIdAsync(NpgsqlBinaryImporter copy, IReadOnlyList<long> ids, int? index, bool narrow, CancellationToken cancellationToken) =>
        index is { } place ? WriteIdAsync(copy, ids[place], narrow, cancellationToken) : copy.WriteNullAsync(cancellationToken);

    private static Task WriteIdAsync(NpgsqlBinaryImporter copy, long id, bool narrow, CancellationToken cancellationToken) => narrow
        ? copy.WriteAsync(checked((int)id), NpgsqlDbType.Integer, cancellationToken)
        : copy.WriteAsync(id, NpgsqlDbType.Bigint, cancellationToken);

    private static Task WriteTextAsync(NpgsqlBinaryImporter copy, string? text, CancellationToken cancellationToken) =>
        text is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);
}
