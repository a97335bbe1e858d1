using Npgsql;
using NpgsqlTypes;

namespace PerfDash.Core.Demo;

/// <summary>The statements of the live farm. Each may be sent twice without harm, as after a commit whose answer was lost.</summary>
internal sealed class DemoLiveJobs(NpgsqlConnection connection, DemoCatalogRows catalog)
{
    /// <summary>How the external ids of live jobs start.</summary>
    public const string ExternalIdStart = "demo-live-";

    /// <summary>Writes one step of a job.</summary>
    /// <param name="at">When it happens, UTC.</param>
    public Task WriteAsync(DemoLiveStep step, DateTime at, CancellationToken cancellationToken) => step.Kind switch
    {
        DemoLiveStepKind.Queue => QueueAsync(step, at, cancellationToken),
        DemoLiveStepKind.Start => StartAsync(step, at, cancellationToken),
        _ => EndAsync(step, at, cancellationToken),
    };

    /// <summary>Cancels live jobs that an earlier process left pending or running.</summary>
    /// <returns>How many.</returns>
    public async Task<int> CancelLeftoversAsync(DateTime now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            UPDATE jobs SET status = 'cancelled', completed_at = $1, error = 'The demo farm was stopped'
            WHERE status IN ('pending', 'running') AND starts_with(external_id, $2)
            """, connection);
        command.Parameters.AddWithValue(now);
        command.Parameters.AddWithValue(ExternalIdStart);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task QueueAsync(DemoLiveStep step, DateTime now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO jobs (external_id, workflow_id, project_id, character_id, scene_id, status, parameters, created_at)
            VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7)
            ON CONFLICT (external_id) DO NOTHING
            """, connection);
        var job = step.Job;
        command.Parameters.AddWithValue(step.ExternalId);
        command.Parameters.AddWithValue(catalog.Workflows[job.Workflow.Index]);
        AddId(command, catalog.Projects, job.ProjectIndex);
        AddId(command, catalog.Characters, job.CharacterIndex);
        AddId(command, catalog.Scenes, job.SceneIndex);
        command.Parameters.AddWithValue(NpgsqlDbType.Jsonb, job.ParametersJson());
        command.Parameters.AddWithValue(now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task StartAsync(DemoLiveStep step, DateTime now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "UPDATE jobs SET status = 'running', worker_id = $2, started_at = $3 WHERE external_id = $1 AND status = 'pending'",
            connection);
        command.Parameters.AddWithValue(step.ExternalId);
        command.Parameters.AddWithValue(catalog.Workers[step.Job.Worker.Index]);
        command.Parameters.AddWithValue(now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task EndAsync(DemoLiveStep step, DateTime now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            UPDATE jobs SET status = $2, result = $3, error = $4, created_at = $5, started_at = $6, completed_at = $7
            WHERE external_id = $1 AND status = 'running'
            """, connection);
        var job = step.Job;
        var startedAt = now.AddMilliseconds(-job.WallTimeMs);
        command.Parameters.AddWithValue(step.ExternalId);
        command.Parameters.AddWithValue(job.Failed ? "failed" : "completed");
        command.Parameters.AddWithValue(NpgsqlDbType.Jsonb, (object?)job.ResultJson() ?? DBNull.Value);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, (object?)job.Error ?? DBNull.Value);
        command.Parameters.AddWithValue(startedAt - (job.StartedAt - job.CreatedAt));
        command.Parameters.AddWithValue(startedAt);
        command.Parameters.AddWithValue(now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddId(NpgsqlCommand command, IReadOnlyList<long> ids, int? index) =>
        command.Parameters.AddWithValue(NpgsqlDbType.Bigint, index is { } place ? ids[place] : DBNull.Value);
}
