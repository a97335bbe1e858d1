using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Live;

namespace PerfDash.Core.Collection;

/// <summary>
/// Turns noted completions into metrics. One batch is one transaction: claim (rows of the outbox, skipping what
/// another instance holds), read, record, unclaim. Whatever kills it in between leaves the outbox as it was.
/// </summary>
public sealed partial class MetricCollector(
    NpgsqlDataSource dataSource,
    MetricPartitions partitions,
    LiveUpdates live,
    ILogger<MetricCollector> logger)
{
    /// <summary>Takes up to <paramref name="limit"/> completions. Claimed 0 means that the outbox is empty, or held by others.</summary>
    /// <exception cref="NpgsqlException">The database is away or overloaded: nothing was taken, try again later.</exception>
    public async Task<CollectedBatch> CollectAsync(int limit, CancellationToken cancellationToken)
    {
        try
        {
            return await CollectOnceAsync(limit, only: null, cancellationToken);
        }
        catch (Exception e) when (IsCausedByData(e))
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

        var batch = new MetricBatch();
        foreach (var completion in claimed)
            batch.Add(completion);
        await partitions.EnsureAsync(batch.Moments, cancellationToken);
        var recorded = await batch.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        if (recorded > 0)
            live.Publish(recorded);
        if (batch.FailedCount > 0)
            LogSetAside(batch.FailedCount);
        return new CollectedBatch(claimed.Count, recorded, batch.FailedCount);
    }

    /// <summary>After a batch was refused for its data: each completion alone, and the one at fault is set aside.</summary>
    private async Task<CollectedBatch> CollectOneByOneAsync(int limit, CancellationToken cancellationToken)
    {
        var total = CollectedBatch.Empty;
        foreach (var id in await CompletionClaims.PeekAsync(dataSource, limit, cancellationToken))
        {
            try
            {
                total += await CollectOnceAsync(1, id, cancellationToken);
            }
            catch (Exception e) when (IsCausedByData(e))
            {
                await SetAsideAsync(id, e.Message, cancellationToken);
                total += new CollectedBatch(1, 0, 1);
            }
        }

        return total;
    }

    private async Task SetAsideAsync(long completionId, string error, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var claimed = await CompletionClaims.TakeAsync(connection, 1, completionId, cancellationToken);
        var batch = new MetricBatch();
        foreach (var completion in claimed)
            batch.AddFailure(completion, error);
        await batch.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogSetAside(batch.FailedCount);
    }

    /// <summary>
    /// True where trying again would fail again: bad data (classes 21, 22, 23, 54) or a value this program cannot
    /// read. Everything else (connection, deadlock, shutdown, missing table) is the database's state, not the job's.
    /// </summary>
    private static bool IsCausedByData(Exception e) => e switch
    {
        PostgresException p => p.SqlState[..2] is "21" or "22" or "23" or "54",
        NpgsqlException or OperationCanceledException or ObjectDisposedException => false,
        InvalidCastException or FormatException or OverflowException or ArgumentException => true,
        _ => false,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "A batch of completions was refused ({Error}); collecting them one by one")]
    private partial void LogBatchRefused(string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} completions could not be recorded and were set aside; see the Collection page")]
    private partial void LogSetAside(int count);
}

/// <summary>What one call of the collector did.</summary>
/// <param name="Claimed">Jobs taken from the outbox.</param>
/// <param name="Recorded">Metrics written; less than claimed when a job was noted twice, is gone, or failed.</param>
/// <param name="Failed">Jobs set aside.</param>
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
