using Npgsql;

namespace PerfDash.Core.Sources;

/// <summary>Which instance follows which source: one at a time, by a lease in the source's row.</summary>
internal sealed class SourceLeases(NpgsqlDataSource dataSource)
{
    /// <summary>How long a lease holds. A dead instance's sources are taken over after that and the next renewal of the others.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(9);

    // Of this supervisor: a process may run several programs, as tests do.
    private readonly string _holder = Guid.NewGuid().ToString("N");

    /// <summary>Renews this instance's leases and takes what is free; returns what it follows, with the revision.</summary>
    // Plan: sources are few. A row that is locked for a moment is waited for: skipped, its lease would seem lost. A source without a worker is restarted, which finds one.
    public async Task<Dictionary<long, long>> RenewAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            WITH mine AS (
                SELECT id FROM sources WHERE enabled AND (leased_by = $1 OR leased_until IS NULL OR leased_until < now()) ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE sources AS s SET leased_by = $1, leased_until = now() + $2, revision = s.revision + CASE WHEN s.worker_id IS NULL THEN 1 ELSE 0 END
            FROM mine WHERE s.id = mine.id RETURNING s.id, s.revision
            """);
        command.Parameters.Add(new() { Value = _holder });
        command.Parameters.Add(new() { Value = Length });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var leased = new Dictionary<long, long>();
        while (await reader.ReadAsync(cancellationToken))
            leased.Add(reader.GetInt64(0), reader.GetInt64(1));
        return leased;
    }

    /// <summary>Gives back all of this instance's leases, so that others need not wait.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("UPDATE sources SET leased_until = NULL WHERE leased_by = $1");
        command.Parameters.Add(new() { Value = _holder });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
