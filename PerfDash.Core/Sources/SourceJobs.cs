using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Collection;
using PerfDash.Core.Ingest;
using PerfDash.Core.Sources.ComfyUi;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Sources;

/// <summary>Writes the prompts of a source as rows of <c>jobs</c>, from where they are captured like any other job. Probes go to their runs instead.</summary>
internal sealed partial class SourceJobs(long sourceId, long? workerId, ProbeRuns probes, NpgsqlDataSource dataSource, JobIngest ingest, ILogger logger) : IPromptReceiver
{
    public async Task<IReadOnlyList<string>> GetOpenAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "SELECT prompt_id FROM source_prompts WHERE source_id = $1 UNION SELECT prompt_id FROM source_probe_runs WHERE source_id = $1 AND state = 'queued'");
        command.Parameters.Add(new() { Value = sourceId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetString(0));
        return ids;
    }

    public async Task ReceiveOpenAsync(IReadOnlyList<PromptJob> prompts, CancellationToken cancellationToken)
    {
        List<PromptJob> jobs = [.. prompts.Where(prompt => !prompt.IsProbe)];
        if (jobs.Count == 0)
            return;
        // Stored first: a job that is not listed here would never be missed.
        await using var command = dataSource.CreateCommand(
            """
            INSERT INTO source_prompts AS p (source_id, prompt_id, is_running)
            SELECT s.id, r.id, is_running FROM (SELECT id FROM sources WHERE id = $1 AND deleted_at IS NULL FOR SHARE) AS s CROSS JOIN unnest($2, $3) AS r(id, is_running) ORDER BY r.id
            ON CONFLICT (source_id, prompt_id) DO UPDATE SET is_running = excluded.is_running
            """);
        command.Parameters.Add(new() { Value = sourceId });
        command.Parameters.Add(new() { Value = jobs.Select(job => job.PromptId).ToArray() });
        command.Parameters.Add(new() { Value = jobs.Select(job => job.Report.Status == JobStatus.Running).ToArray() });
        if (await command.ExecuteNonQueryAsync(cancellationToken) > 0)
            await StoreAsync([.. jobs.Select(job => job.Report with { ExternalId = KeyOf(job.PromptId), Worker = Worker })], cancellationToken);
    }

    public async Task ReceiveEndedAsync(IReadOnlyList<PromptJob> prompts, CancellationToken cancellationToken)
    {
        await probes.EndAsync(prompts, cancellationToken);
        List<PromptJob> jobs = [.. prompts.Where(prompt => !prompt.IsProbe)];
        if (jobs.Count == 0)
            return;
        var known = await FindAsync(jobs, cancellationToken);
        var reports = jobs.Select(job => job.Report with { ExternalId = KeyOf(job, known), Worker = Worker }).Where(report => report.Workflow is not null || known.ContainsKey(report.ExternalId!)).ToList();
        await DateAsync(reports, cancellationToken);
        await StoreAsync(reports, cancellationToken);
        await using var command = dataSource.CreateCommand("DELETE FROM source_prompts WHERE source_id = $1 AND prompt_id = ANY($2)");
        command.Parameters.Add(new() { Value = sourceId });
        command.Parameters.Add(new() { Value = jobs.Select(job => job.PromptId).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task ReceiveStatusAsync(ServerStatus status, CancellationToken cancellationToken)
    {
        // A card is filled in where the host's row has none.
        await using var command = dataSource.CreateCommand(
            """
            WITH card AS (
                UPDATE workers SET gpu_model = COALESCE(gpu_model, $9), gpu_vram_mb = COALESCE(gpu_vram_mb, $10)
                WHERE id = $11 AND ((gpu_model IS NULL AND $9 IS NOT NULL) OR (gpu_vram_mb IS NULL AND $10 IS NOT NULL))
            )
            UPDATE sources SET state = $2, version = COALESCE($3, version), queue_running = $4, queue_pending = $5,
                last_prompt_at = GREATEST(last_prompt_at, $6), last_error = $7, node_times = $8
            WHERE id = $1
            """);
        Add(NpgsqlDbType.Bigint, sourceId);
        Add(NpgsqlDbType.Text, status.State.ToText());
        Add(NpgsqlDbType.Text, status.Stats?.Version);
        Add(NpgsqlDbType.Integer, status.QueueRunning);
        Add(NpgsqlDbType.Integer, status.QueuePending);
        Add(NpgsqlDbType.TimestampTz, status.LastPromptAt?.UtcDateTime);
        Add(NpgsqlDbType.Text, status.LastError);
        Add(NpgsqlDbType.Text, status.NodeTimes.ToText());
        Add(NpgsqlDbType.Text, status.Stats?.GpuModel);
        Add(NpgsqlDbType.Integer, status.Stats?.VramTotalMb);
        Add(NpgsqlDbType.Bigint, workerId);
        await command.ExecuteNonQueryAsync(cancellationToken);

        void Add(NpgsqlDbType type, object? value) => command.Parameters.Add(new() { NpgsqlDbType = type, Value = value ?? DBNull.Value });
    }

    /// <summary>A job that was seen before its server said when it started was not queued later than that: the two have clocks of their own.</summary>
    private async Task DateAsync(List<JobReport> reports, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "UPDATE jobs AS j SET created_at = r.started_at FROM unnest($1, $2) AS r(external_id, started_at) WHERE j.external_id = r.external_id AND j.status IN ('pending', 'running') AND j.created_at > r.started_at");
        command.Parameters.Add(new() { Value = reports.ConvertAll(report => report.ExternalId!) });
        command.Parameters.Add(new() { Value = reports.ConvertAll(report => report.StartedAt?.UtcDateTime), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private EntityReference? Worker => workerId is null ? null : new EntityReference(workerId, null, null);

    private string KeyOf(string promptId) => PromptJob.KeyOf(sourceId.ToString(CultureInfo.InvariantCulture), promptId);

    /// <summary>The key of a prompt's job: with the moment it started where the id was used before.</summary>
    private string KeyOf(PromptJob job, Dictionary<string, DateTime?> known)
    {
        var key = KeyOf(job.PromptId);
        return job.Report.StartedAt is { } started && known.GetValueOrDefault(key) is { } other && other != started.UtcDateTime
            ? PromptJob.KeyOf(key, started)
            : key;
    }

    /// <summary>By key: when the run that has it started; null where that has not ended.</summary>
    private async Task<Dictionary<string, DateTime?>> FindAsync(IReadOnlyList<PromptJob> jobs, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "SELECT external_id, min(CASE WHEN status IN ('pending', 'running') THEN NULL ELSE started_at END) FROM jobs WHERE external_id = ANY($1) GROUP BY external_id");
        command.Parameters.Add(new() { Value = jobs.Select(job => KeyOf(job.PromptId)).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = new Dictionary<string, DateTime?>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            known.Add(reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetDateTime(1));
        return known;
    }

    private async Task StoreAsync(List<JobReport> reports, CancellationToken cancellationToken)
    {
        if (reports.Count == 0)
            return;
        var results = await ingest.StoreAsync(reports, cancellationToken);
        var again = new List<JobReport>();
        foreach (var (result, report) in results.Zip(reports).Where(r => r.First.Outcome == ReportOutcome.Rejected))
        {
            // What a submitter wrote may name a project that there is not: the job counts all the same.
            if (Without(report, result.Error!) is { } rest)
                again.Add(rest);
            else
                LogRejected(report.ExternalId!, result.Error!);
        }

        await StoreAsync(again, cancellationToken);
    }

    /// <summary>The report without the label that an error names, and with a warning of it; null where it names none.</summary>
    private static JobReport? Without(JobReport report, string error)
    {
        var field = error.Split(' ')[0];
        var rest = (field, report) switch
        {
            ("project_id", { ProjectId: not null }) => report with { ProjectId = null },
            ("character_id", { CharacterId: not null }) => report with { CharacterId = null },
            ("scene_id", { SceneId: not null }) => report with { SceneId = null },
            // Deleted since: a job without a worker can be retried.
            ("worker.id", { Worker: not null }) => report with { Worker = null },
            _ => null,
        };
        if (rest?.ResultJson is null)
            return rest;
        var result = JsonNode.Parse(rest.ResultJson)!.AsObject();
        if (result[JobResultReader.WarningsField] is not JsonArray warnings)
            result[JobResultReader.WarningsField] = warnings = [];
        warnings.Add(new JsonObject { ["field"] = field, ["message"] = "refers to a row that does not exist" });
        return rest with { ResultJson = result.ToJsonString() };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Key} was rejected: {Error}")]
    private partial void LogRejected(string key, string error);
}
