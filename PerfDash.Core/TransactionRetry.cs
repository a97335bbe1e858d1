using Npgsql;

namespace PerfDash.Core;

/// <summary>
/// Runs a transaction again that PostgreSQL ended because of another one: a deadlock, a lock that was not to be had in time, a conflict of
/// snapshots. It has written nothing.
/// </summary>
internal static class TransactionRetry
{
    /// <summary>Runs it until it ends, or so many times.</summary>
    /// <param name="attempts">How often at most; the last failure is thrown.</param>
    /// <param name="pause">Between two attempts on average: half of it to half more, so that two do not meet again.</param>
    public static async Task<T> RunAsync<T>(int attempts, TimeSpan pause, Func<Task<T>> transaction, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await transaction();
            }
            catch (PostgresException e) when (attempt < attempts && IsConflict(e))
            {
                await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), cancellationToken);
            }
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public static Task RunAsync(int attempts, TimeSpan pause, Func<Task> transaction, CancellationToken cancellationToken) => RunAsync(
        attempts,
        pause,
        async () =>
        {
            await transaction();
            return true;
        },
        cancellationToken);

    private static bool IsConflict(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.SerializationFailure;
}
