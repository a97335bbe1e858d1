using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Sources.ComfyUi;
using PerfDash.Core.Sources.ComfyUi.Probes;
using PerfDash.Data.Entities;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources.Probes;

/// <summary>Writes the runs of one source's probe: due, submitted, ended.</summary>
internal sealed class ProbeRuns(long sourceId, long? workerId, NpgsqlDataSource dataSource)
{
    private const string Cached = "All its nodes were cached: nothing ran.";
    private const string NoTime = "The server does not say how long it took.";

    /// <summary>The graph where a run was asked for or the schedule wants one, and none is under way; else null.</summary>
    // Plan: one row of source_probes, one read of each index of its runs.
    public async Task<ProbeGraph?> FindDueAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT p.graph::text FROM source_probes AS p JOIN sources AS s ON s.id = p.source_id
            WHERE p.source_id = $1 AND s.enabled AND s.deleted_at IS NULL
              AND NOT EXISTS (SELECT FROM source_probe_runs AS r WHERE r.source_id = p.source_id AND r.state = 'queued')
              AND (p.requested_at IS NOT NULL OR (p.every_hours IS NOT NULL AND NOT EXISTS (
                   SELECT FROM source_probe_runs AS r WHERE r.source_id = p.source_id AND r.submitted_at > now() - make_interval(hours => p.every_hours))))
            """);
        Add(command, NpgsqlDbType.Bigint, sourceId);
        if (await command.ExecuteScalarAsync(cancellationToken) is not string graph)
            return null;
        using var json = JsonDocument.Parse(graph);
        return ProbeGraph.Parse(json.RootElement, out _);
    }

    /// <summary>Stores a run that is about to be submitted; false where another instance follows the source meanwhile.</summary>
    public async Task<bool> BeginAsync(string promptId, ProbeGraph graph, ServerStats? stats, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            WITH taken AS (
                UPDATE source_probes AS p SET requested_at = NULL FROM sources AS s WHERE p.source_id = $1 AND s.id = $1 AND s.leased_until > now() RETURNING s.id
            )
            INSERT INTO source_probe_runs (source_id, worker_id, prompt_id, graph_hash, models, version, pytorch_version, gpu_model)
            SELECT id, (SELECT w.id FROM workers AS w WHERE w.id = $2), $3, $4, $5, $6, $7, $8 FROM taken
            ON CONFLICT DO NOTHING
            """);
        Add(command, NpgsqlDbType.Bigint, sourceId);
        Add(command, NpgsqlDbType.Bigint, workerId);
        Add(command, NpgsqlDbType.Text, promptId);
        Add(command, NpgsqlDbType.Text, graph.Hash);
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Text, graph.Models.ToArray());
        Add(command, NpgsqlDbType.Text, stats?.Version);
        Add(command, NpgsqlDbType.Text, stats?.PytorchVersion);
        Add(command, NpgsqlDbType.Text, stats?.GpuModel);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <summary>The server gave it another id.</summary>
    public async Task RenameAsync(string promptId, string submittedId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("UPDATE source_probe_runs SET prompt_id = $3 WHERE source_id = $1 AND prompt_id = $2 AND state = 'queued'");
        Add(command, NpgsqlDbType.Bigint, sourceId);
        Add(command, NpgsqlDbType.Text, promptId);
        Add(command, NpgsqlDbType.Text, submittedId);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The server refused it.</summary>
    public Task FailAsync(string promptId, string error, CancellationToken cancellationToken) =>
        EndAsync(promptId, new Figures { State = ProbeRunState.Failed, CompletedAt = null, Error = error }, cancellationToken);

    /// <summary>
    /// Takes over those of the ended prompts that are runs: probes, and prompts that vanished, of which only the id is known. Without effect for all others, and the
    /// second time.
    /// </summary>
    public async Task EndAsync(IEnumerable<PromptJob> jobs, CancellationToken cancellationToken)
    {
        foreach (var job in jobs.Where(job => job.IsProbe || job.Report.Workflow is null))
            await EndAsync(job.PromptId, FiguresOf(job), cancellationToken);
    }

    private async Task EndAsync(string promptId, Figures figures, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            UPDATE source_probe_runs SET state = $3, completed_at = COALESCE($4, now()), total_wall_time_ms = $5, vram_peak_mb = $6, stages = $7::jsonb,
                run_class = $8, cached_nodes = $9, error = $10
            WHERE source_id = $1 AND prompt_id = $2 AND state = 'queued'
            """);
        Add(command, NpgsqlDbType.Bigint, sourceId);
        Add(command, NpgsqlDbType.Text, promptId);
        Add(command, NpgsqlDbType.Text, figures.State.ToText());
        Add(command, NpgsqlDbType.TimestampTz, figures.CompletedAt);
        Add(command, NpgsqlDbType.Bigint, figures.TotalWallTimeMs);
        Add(command, NpgsqlDbType.Integer, figures.VramPeakMb);
        Add(command, NpgsqlDbType.Text, figures.Stages);
        Add(command, NpgsqlDbType.Text, figures.RunClass?.ToText());
        Add(command, NpgsqlDbType.Integer, figures.CachedNodes);
        Add(command, NpgsqlDbType.Text, figures.Error);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static Figures FiguresOf(PromptJob job)
    {
        var report = job.Report;
        var result = report.ResultJson is null ? [] : JsonNode.Parse(report.ResultJson)!.AsObject();
        var parameters = report.ParametersJson is null ? [] : JsonNode.Parse(report.ParametersJson)!.AsObject();
        var runClass = EnumText.Find<RunClass>((string?)parameters[PromptJob.RunClassName]);
        var wall = (long?)result["total_wall_time_ms"];
        var error = report.Status != JobStatus.Completed ? report.Error ?? "It did not complete."
            : runClass == RunClass.Cached ? Cached
            : wall is null ? NoTime
            : null;
        return new Figures
        {
            State = error is null ? ProbeRunState.Completed : ProbeRunState.Failed,
            CompletedAt = report.CompletedAt?.UtcDateTime,
            TotalWallTimeMs = error is null ? wall : null,
            VramPeakMb = error is null ? (int?)result["vram_peak_mb"] : null,
            Stages = error is null ? result["pipeline_stages"]?.ToJsonString() : null,
            RunClass = runClass,
            // Where none was cached the prompt says nothing of it.
            CachedNodes = job.IsProbe ? (int?)parameters[PromptJob.CachedNodes] ?? 0 : null,
            Error = error,
        };
    }

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) => command.Parameters.Add(new() { NpgsqlDbType = type, Value = value ?? DBNull.Value });

    private sealed record Figures
    {
        public required ProbeRunState State { get; init; }

        public required DateTime? CompletedAt { get; init; }

        public long? TotalWallTimeMs { get; init; }

        public int? VramPeakMb { get; init; }

        public string? Stages { get; init; }

        public RunClass? RunClass { get; init; }

        public int? CachedNodes { get; init; }

        public required string? Error { get; init; }
    }
}
