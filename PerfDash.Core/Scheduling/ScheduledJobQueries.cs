using Npgsql;

namespace PerfDash.Core.Scheduling;

/// <summary>What runs on schedule, on any instance.</summary>
public sealed class ScheduledJobQueries(NpgsqlDataSource dataSource)
{
    /// <summary>Every job that is scheduled or ever ran, by name.</summary>
    public async Task<IReadOnlyList<ScheduledJobItem>> GetAsync(CancellationToken cancellationToken)
    {
        // Quartz counts moments in ticks of 100 ns since the year 1.
        await using var command = dataSource.CreateCommand(
            $"""
            SELECT COALESCE(r.job_name, t.job_name), r.last_run_at, r.duration_ms, r.last_error, t.next_run_at
            FROM scheduled_job_runs AS r
            FULL JOIN (SELECT job_name, to_timestamp((min(next_fire_time) - 621355968000000000) / 1e7) AS next_run_at
                       FROM {SchedulingServices.TablePrefix}triggers GROUP BY job_name) AS t ON t.job_name = r.job_name
            ORDER BY 1
            """);
        var items = new List<ScheduledJobItem>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            items.Add(new ScheduledJobItem
            {
                Name = reader.GetString(0),
                LastRunAt = reader.IsDBNull(1) ? null : reader.GetDateTime(1),
                DurationMs = reader.IsDBNull(2) ? null : reader.GetDouble(2),
                LastError = reader.IsDBNull(3) ? null : reader.GetString(3),
                NextRunAt = reader.IsDBNull(4) ? null : reader.GetDateTime(4),
            });
        }

        return items;
    }

    internal async Task RecordAsync(string name, DateTime startedAt, TimeSpan duration, string? error, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            INSERT INTO scheduled_job_runs AS r (job_name, last_run_at, duration_ms, last_error) VALUES ($1, $2, $3, $4)
            ON CONFLICT (job_name) DO UPDATE
            SET last_run_at = excluded.last_run_at, duration_ms = excluded.duration_ms, last_error = excluded.last_error, run_count = r.run_count + 1
            """);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = startedAt });
        command.Parameters.Add(new() { Value = Math.Round(duration.TotalMilliseconds, 3) });
        command.Parameters.Add(new() { Value = (object?)error ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>A scheduled job and its latest run.</summary>
public sealed record ScheduledJobItem
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>When its latest run began, UTC; null before the first.</summary>
    public required DateTime? LastRunAt { get; init; }

    /// <summary>How long that took, in ms; null before the first.</summary>
    public required double? DurationMs { get; init; }

    /// <summary>What ended it; null if it succeeded.</summary>
    public required string? LastError { get; init; }

    /// <summary>When it is due next, UTC; null when it is not scheduled any more.</summary>
    public required DateTime? NextRunAt { get; init; }
}
