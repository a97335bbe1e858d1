using Npgsql;

namespace PerfDash.Core.Demo;

/// <summary>The catalog in the database: its rows' ids, by place in <see cref="DemoCatalog"/>.</summary>
internal sealed record DemoCatalogRows
{
    // The farm was set up this long before its first history ended; kept as created_at of its workflows, so that a
    // later run dates the ground truth from the same moment.
    private static readonly TimeSpan AgeAtHistoryEnd = TimeSpan.FromDays(400);

    public required IReadOnlyList<long> Workflows { get; init; }
    public required IReadOnlyList<long> Workers { get; init; }
    public required IReadOnlyList<long> Projects { get; init; }
    public required IReadOnlyList<long> Characters { get; init; }
    public required IReadOnlyList<long> Scenes { get; init; }

    /// <summary>The moment the farm's ground truth is dated from, UTC.</summary>
    public required DateTime HistoryEndsAt { get; init; }

    /// <summary>Whether the demo's workflows are in this database.</summary>
    public static async Task<bool> ExistAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM workflows WHERE external_id = $1)", connection);
        command.Parameters.AddWithValue(DemoCatalog.Workflows[0].ExternalId);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Finds the catalog's rows and inserts those that are missing.</summary>
    public static async Task<DemoCatalogRows> EnsureAsync(
        NpgsqlConnection connection, DateTime now, int workerCount, CancellationToken cancellationToken)
    {
        var createdAt = now - AgeAtHistoryEnd;
        var workers = DemoCatalog.Workers.Take(workerCount).ToArray();
        await InsertWorkflowsAsync(connection, createdAt, cancellationToken);
        await InsertWorkersAsync(connection, workers, createdAt, cancellationToken);
        return new DemoCatalogRows
        {
            Workflows = await FindIdsAsync(connection, "workflows", [.. DemoCatalog.Workflows.Select(workflow => workflow.ExternalId)], cancellationToken),
            Workers = await FindIdsAsync(connection, "workers", [.. workers.Select(worker => worker.ExternalId)], cancellationToken),
            Projects = await EnsureNamedAsync(connection, "projects", DemoCatalog.Projects, createdAt, cancellationToken),
            Characters = await EnsureNamedAsync(connection, "characters", DemoCatalog.Characters, createdAt, cancellationToken),
            Scenes = await EnsureNamedAsync(connection, "scenes", DemoCatalog.Scenes, createdAt, cancellationToken),
            HistoryEndsAt = await FindHistoryEndAsync(connection, cancellationToken),
        };
    }

    private static async Task InsertWorkflowsAsync(NpgsqlConnection connection, DateTime createdAt, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO workflows (name, external_id, created_at)
            SELECT name, external_id, $3 FROM unnest($1, $2) AS added (name, external_id)
            WHERE NOT EXISTS (SELECT FROM workflows AS present WHERE present.external_id = added.external_id)
            """, connection);
        command.Parameters.AddWithValue(DemoCatalog.Workflows.Select(workflow => workflow.Name).ToArray());
        command.Parameters.AddWithValue(DemoCatalog.Workflows.Select(workflow => workflow.ExternalId).ToArray());
        command.Parameters.AddWithValue(createdAt);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task InsertWorkersAsync(
        NpgsqlConnection connection, DemoWorker[] workers, DateTime createdAt, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO workers (name, external_id, gpu_model, gpu_vram_mb, gpu_hour_price, created_at)
            SELECT name, external_id, gpu_model, gpu_vram_mb, gpu_hour_price, $6
            FROM unnest($1, $2, $3, $4, $5) AS added (name, external_id, gpu_model, gpu_vram_mb, gpu_hour_price)
            WHERE NOT EXISTS (SELECT FROM workers AS present WHERE present.external_id = added.external_id)
            """, connection);
        command.Parameters.AddWithValue(workers.Select(worker => worker.Name).ToArray());
        command.Parameters.AddWithValue(workers.Select(worker => worker.ExternalId).ToArray());
        command.Parameters.AddWithValue(workers.Select(worker => worker.GpuModel).ToArray());
        command.Parameters.AddWithValue(workers.Select(worker => worker.GpuVramMb).ToArray());
        command.Parameters.AddWithValue(workers.Select(worker => worker.GpuHourPrice).ToArray());
        command.Parameters.AddWithValue(createdAt);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<long[]> FindIdsAsync(
        NpgsqlConnection connection, string table, string[] externalIds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT array_agg(cast_row.id::bigint ORDER BY wanted.place)
            FROM unnest($1) WITH ORDINALITY AS wanted (external_id, place)
            JOIN {table} AS cast_row USING (external_id)
            """, connection);
        command.Parameters.AddWithValue(externalIds);
        return (long[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    // These tables have no external id: a name that is there is taken to be ours.
    private static async Task<long[]> EnsureNamedAsync(
        NpgsqlConnection connection, string table, IReadOnlyList<string> names, DateTime createdAt, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(
            $"""
            INSERT INTO {table} (name, created_at)
            SELECT wanted.name, $2 FROM unnest($1) WITH ORDINALITY AS wanted (name, place)
            WHERE NOT EXISTS (SELECT FROM {table} AS present WHERE present.name = wanted.name)
            ORDER BY wanted.place
            """, connection);
        insert.Parameters.AddWithValue(names.ToArray());
        insert.Parameters.AddWithValue(createdAt);
        await insert.ExecuteNonQueryAsync(cancellationToken);

        await using var find = new NpgsqlCommand(
            $"""
            SELECT array_agg((SELECT min(present.id)::bigint FROM {table} AS present WHERE present.name = wanted.name) ORDER BY wanted.place)
            FROM unnest($1) WITH ORDINALITY AS wanted (name, place)
            """, connection);
        find.Parameters.AddWithValue(names.ToArray());
        return (long[])(await find.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<DateTime> FindHistoryEndAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT created_at FROM workflows WHERE external_id = $1", connection);
        command.Parameters.AddWithValue(DemoCatalog.Workflows[0].ExternalId);
        return (DateTime)(await command.ExecuteScalarAsync(cancellationToken))! + AgeAtHistoryEnd;
    }
}
