using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace PerfDash.Core.Retention;

/// <summary>
/// Deletes metrics older than configured: whole months by dropping their partition, the rest row by row. What says that
/// a job was recorded (<c>job_collections</c>) stays with the job, so that none is recorded again.
/// </summary>
public sealed partial class MetricRetention(NpgsqlDataSource dataSource, IOptions<RetentionOptions> options, TimeProvider time, ILogger<MetricRetention> logger)
{
    private const int Batch = 10_000;
    private const int Tries = 20;

    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromMilliseconds(500);

    /// <summary>Deletes what is too old; nothing where retention is not configured.</summary>
    /// <exception cref="NpgsqlException">The database is away, or a partition was in use all the while; what was deleted stays deleted.</exception>
    public async Task<RetentionResult> RunAsync(CancellationToken cancellationToken)
    {
        if (options.Value.KeepMetricsFor is not { } keep)
            return new RetentionResult(0, 0);

        var before = time.GetUtcNow().UtcDateTime - keep;
        var partitions = await OldPartitionsAsync(before, cancellationToken);
        foreach (var partition in partitions)
            await DropAsync(partition, cancellationToken);
        var rows = await DeleteAsync(
            """
            DELETE FROM performance_metrics WHERE (id, created_at) IN (
                SELECT id, created_at FROM performance_metrics WHERE created_at < $1 ORDER BY created_at LIMIT $2)
            """,
            before,
            cancellationToken);
        await DeleteAsync("DELETE FROM late_scores WHERE job_id IN (SELECT job_id FROM late_scores WHERE created_at < $1 ORDER BY created_at LIMIT $2)", before, cancellationToken);
        if (partitions.Count > 0 || rows > 0)
            LogDeleted(partitions.Count, rows, before);
        return new RetentionResult(partitions.Count, rows);
    }

    // Only PerfDash's own months: what an admin attached is his to drop, and loses its old rows like the default partition.
    private async Task<List<string>> OldPartitionsAsync(DateTime before, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT c.oid::regclass::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'performance_metrics'::regclass AND c.relname ~ '^performance_metrics_\d{4}_\d{2}$'
              AND (to_timestamp(right(c.relname, 7), 'YYYY_MM')::timestamp + INTERVAL '1 month') <= $1::timestamptz AT TIME ZONE 'UTC'
            ORDER BY c.relname
            """);
        command.Parameters.Add(new() { Value = before });
        var names = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }

    // Dropping a partition needs a moment without anybody who reads or writes metrics. The time limit keeps others from
    // queueing behind us; it is tried again until there is such a moment.
    private Task DropAsync(string partition, CancellationToken cancellationToken) => TransactionRetry.RunAsync(
        Tries,
        PauseBetweenTries,
        async () =>
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            // No trigger fires: the hours of the month are marked as changed here.
            await using var drop = new NpgsqlCommand(
                $"""
                SET LOCAL lock_timeout = '250ms';
                DROP TABLE {partition};
                INSERT INTO rollup_changes (hour, busy_from)
                SELECT hour AT TIME ZONE 'UTC', hour AT TIME ZONE 'UTC'
                FROM (SELECT to_timestamp(right('{partition}', 7), 'YYYY_MM')::timestamp AS month) AS m
                CROSS JOIN generate_series(month, month + INTERVAL '1 month' - INTERVAL '1 hour', INTERVAL '1 hour') AS hour
                """,
                connection);
            await drop.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        },
        cancellationToken);

    // In short transactions: plan: the indexes on created_at.
    private async Task<long> DeleteAsync(string sql, DateTime before, CancellationToken cancellationToken)
    {
        for (var all = 0L; ;)
        {
            await using var command = dataSource.CreateCommand(sql);
            command.Parameters.Add(new() { Value = before });
            command.Parameters.Add(new() { Value = Batch });
            var deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            all += deleted;
            if (deleted < Batch)
                return all;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Retention: dropped {Partitions} monthly partitions and deleted {Rows} metrics from before {Before:yyyy-MM-dd}")]
    private partial void LogDeleted(int partitions, long rows, DateTime before);
}

/// <summary>What retention deleted.</summary>
/// <param name="Partitions">Whole months dropped.</param>
/// <param name="Rows">Rows deleted one by one.</param>
public readonly record struct RetentionResult(int Partitions, long Rows);
