using Microsoft.Extensions.Options;
using Npgsql;

namespace PerfDash.Core.Rollups;

/// <summary>How far roll-ups are.</summary>
public sealed class RollupQueries(NpgsqlDataSource dataSource, IOptions<RollupOptions> options, TimeProvider time)
{
    public async Task<RollupStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow().UtcDateTime - options.Value.CloseAfter;
        await using var command = dataSource.CreateCommand(
            $"""
            WITH closed AS (
                SELECT start FROM rollup_spans AS s WHERE grain = 'h' AND NOT EXISTS (SELECT 1 FROM ({RollupSpans.Stale}) AS stale WHERE stale.grain = 'h' AND stale.start = s.start)
            ), first AS (
                SELECT min(created_at) AS at FROM performance_metrics WHERE created_at >= $1 AND created_at < $2
            ), ended AS (
                SELECT start FROM first CROSS JOIN generate_series(date_trunc('day', first.at, 'UTC'), $2::timestamptz - INTERVAL '1 hour', INTERVAL '1 hour') AS start
            )
            SELECT (SELECT max(start) + INTERVAL '1 hour' FROM closed), count(*), count(*) FILTER (WHERE start NOT IN (SELECT start FROM closed)),
                   pg_total_relation_size('rollup_sums') + pg_total_relation_size('rollup_bins') + pg_total_relation_size('rollup_worker_gpu')
                   + pg_total_relation_size('rollup_stages') + pg_total_relation_size('rollup_busy')
            FROM ended
            """);
        command.Parameters.Add(new() { Value = until - RollupCloser.LongestHistory });
        command.Parameters.Add(new() { Value = until });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new RollupStatus(
            options.Value.Enabled, reader.IsDBNull(0) ? null : reader.GetDateTime(0), reader.GetInt64(2), reader.GetInt64(1), reader.GetInt64(3));
    }
}

/// <summary>How far roll-ups are.</summary>
/// <param name="Enabled">Whether they are used.</param>
/// <param name="ClosedUntil">End of the last closed hour, UTC; null before the first.</param>
/// <param name="DirtyHours">Hours that ended and are read from the metrics, because they are not closed yet or changed since.</param>
/// <param name="Hours">Hours that ended since the first job.</param>
/// <param name="SizeBytes">Bytes of their tables and indexes.</param>
public sealed record RollupStatus(bool Enabled, DateTime? ClosedUntil, long DirtyHours, long Hours, long SizeBytes);
