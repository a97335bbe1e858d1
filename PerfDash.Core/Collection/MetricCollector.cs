using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Messaging;

namespace PerfDash.Core.Collection;

/// <summary>
/// Turns queued completions into metrics. One batch is one transaction: claim (rows of the outbox, skipping what
/// another instance holds), read, record, evaluate the alert rules, unclaim. Whatever kills it in between leaves the outbox as it was.
/// </summary>
public sealed partial class MetricCollector(
    NpgsqlDataSource dataSource,
    MetricPartitions partitions,
    LiveUpdates live,
    IRecordedJobsHandler handler,
    ILogger<MetricCollector> logger)
{
    /// <summary>One activity for each batch.</summary>
    public static readonly ActivitySource Activities = new("PerfDash.Collection");

    /// <summary>Takes up to <paramref name="limit"/> completions. Claimed 0 means that the outbox is empty, or held by others.</summary>
    /// <exception cref="NpgsqlException">The database is away or overloaded: nothing was taken, try again later.</exception>
    public async Task<CollectedBatch> CollectAsync(int limit, CancellationToken cancellationToken)
    {
        try
        {
            return await CollectOnceAsync(limit, only: null, cancellationToken);
        }
        catch (Exception e) when (IsCausedByData(e) || IsHeldByOthers(e) || e is RecordedJobsException)
        {
            LogBatchRefused(e.Message);
            return await CollectOneByOneAsync(limit, cancellationToken);
        }
    }

    private async Task<CollectedBatch> CollectOnceAsync(int limit, long? only, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var claimed = await CompletionClaims.TakeAsync(connection, limit, only, cancellationToken);
        if (claimed.Count == 0)
            return CollectedBatch.Empty;

        using var activity = Activities.StartActivity("collect");
        var batch = new MetricBatch();
        foreach (var completion in claimed)
            batch.Add(completion);
        await partitions.EnsureAsync(batch.Moments, cancellationToken);
        var recorded = await batch.WriteAsync(connection, cancellationToken);
        var isPublished = await handler.HandleAsync(connection, recorded, isAlone: only is not null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        activity?.SetTag("perfdash.jobs.claimed", claimed.Count).SetTag("perfdash.jobs.recorded", recorded.Count);

        if (recorded.Count > 0)
            live.Publish(recorded.Count);
        if (isPublished)
            handler.Publish();
        if (batch.FailedCount > 0)
            LogDeadLettered(batch.FailedCount);
        return new CollectedBatch(claimed.Count, recorded.Count, batch.FailedCount);
    }

    /// <summary>
    /// After a batch was refused: each completion alone. The one whose data is at fault becomes a failed collection; one whose job,
    /// worker or workflow a transaction of the host holds stays in the outbox, and does not keep the others waiting.
    /// </summary>
    private async Task<CollectedBatch> CollectOneByOneAsync(int limit, CancellationToken cancellationToken)
    {
        var total = CollectedBatch.Empty;
        foreach (var id in await CompletionClaims.PeekAsync(dataSource, limit, cancellationToken))
        {
            if (total.Claimed >= limit)
                break;
            try
            {
                total += await CollectOnceAsync(1, id, cancellationToken);
            }
            catch (Exception e) when (IsCausedByData(e))
            {
                total += await DeadLetterAsync(id, e.Message, cancellationToken);
            }
            catch (Exception e) when (IsHeldByOthers(e))
            {
                LogLeft(id, e.Message);
            }
        }

        return total;
    }

    // By key alone: what cannot be recorded may be unreadable too.
    private async Task<CollectedBatch> DeadLetterAsync(long completionId, string error, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            WITH claimed AS (
                DELETE FROM job_completions WHERE id = $1 RETURNING job_id, queued_at
            ), failed AS (
                INSERT INTO failed_collections AS f (job_id, queued_at, error)
                SELECT job_id, queued_at, $2 FROM claimed AS c
                WHERE EXISTS (SELECT FROM jobs WHERE id = c.job_id)
                  AND NOT EXISTS (SELECT FROM job_collections AS r WHERE r.job_id = c.job_id)
                ON CONFLICT (job_id) DO UPDATE
                SET error = excluded.error, queued_at = excluded.queued_at, attempts = f.attempts + 1, last_failed_at = now()
                RETURNING 1
            )
            SELECT (SELECT count(*) FROM claimed), (SELECT count(*) FROM failed)
            """);
        command.Parameters.Add(new() { Value = completionId });
        command.Parameters.Add(new() { Value = error });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var batch = new CollectedBatch((int)reader.GetInt64(0), 0, (int)reader.GetInt64(1));
        if (batch.Failed > 0)
            LogDeadLettered(batch.Failed);
        return batch;
    }

    /// <summary>
    /// True where trying again would fail again: bad data (classes 21, 22, 23, 44, 54), a refusal by a trigger of the
    /// host's (38, 39, P0), a damaged value (XX001) or one this program cannot read. Everything else (connection,
    /// shutdown, missing table) is the database's state, not the job's.
    /// </summary>
    internal static bool IsCausedByData(Exception e) => e switch
    {
        PostgresException p => p.SqlState[..2] is "21" or "22" or "23" or "38" or "39" or "44" or "54" or "P0" || p.SqlState == "XX001",
        NpgsqlException or OperationCanceledException or ObjectDisposedException => false,
        InvalidCastException or FormatException or OverflowException or ArgumentException => true,
        _ => false,
    };

    /// <summary>True when a lock was not to be had in time: somebody else's transaction is to end first.</summary>
    private static bool IsHeldByOthers(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database rejected a batch of completions ({Error}); collecting them one by one")]
    private partial void LogBatchRefused(string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Completion {Id} stays in the queue ({Error})")]
    private partial void LogLeft(long id, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} completions could not be recorded; see the Collection page")]
    private partial void LogDeadLettered(int count);
}

/// <summary>What one call of the collector did.</summary>
/// <param name="Claimed">Jobs taken from the outbox.</param>
/// <param name="Recorded">Metrics written; less than claimed when a job was queued twice, is gone, or failed.</param>
/// <param name="Failed">Jobs that became failed collections.</param>
public readonly record struct CollectedBatch(int Claimed, int Recorded, int Failed)
{
    /// <summary>Nothing was there.</summary>
    public static readonly CollectedBatch Empty;

    /// <summary>Both together.</summary>
    public static CollectedBatch operator +(CollectedBatch a, CollectedBatch b) => Add(a, b);

    /// <summary>Both together.</summary>
    public static CollectedBatch Add(CollectedBatch left, CollectedBatch right) =>
        new(left.Claimed + right.Claimed, left.Recorded + right.Recorded, left.Failed + right.Failed);
}
