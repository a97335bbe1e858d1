using Npgsql;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources;

/// <summary>The worker that a source's jobs count for: the one of its name, made where there is none.</summary>
internal sealed class SourceWorkers(NpgsqlDataSource dataSource)
{
    /// <summary>Finds or makes the worker of a name.</summary>
    public async Task<long> FindOrCreateAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // One at a time, because a host's names need not be unique.
        await using (var alone = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtext('perfdash_source_workers'))", connection))
            await alone.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            WITH found AS MATERIALIZED (
                SELECT id FROM workers WHERE name = $1 OR external_id = $1 ORDER BY (name = $1) DESC, id LIMIT 1
            ), made AS (
                INSERT INTO workers (name, external_id) SELECT $1, $1 WHERE NOT EXISTS (SELECT FROM found) RETURNING id
            )
            SELECT id::int8 FROM found UNION ALL SELECT id::int8 FROM made
            """,
            connection);
        command.Parameters.Add(new() { Value = name });
        var id = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        await transaction.CommitAsync(cancellationToken);
        return id;
    }

    /// <summary>Likewise for a source whose worker is gone, or was never set; the source has it from then on.</summary>
    public async Task<long> FindOrCreateAsync(Source source, CancellationToken cancellationToken)
    {
        var id = await FindOrCreateAsync(source.Name, cancellationToken);
        await using var command = dataSource.CreateCommand("UPDATE sources SET worker_id = $1 WHERE id = $2 AND worker_id IS NULL");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = source.Id });
        await command.ExecuteNonQueryAsync(cancellationToken);
        return id;
    }
}
