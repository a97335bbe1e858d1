using System.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using PerfDash.Core.Workers;

namespace PerfDash.Core.Rollups;

/// <summary>
/// Keeps roll-ups up to date: closes hours and days that ended, and those that changed since, newest first. Any number of
/// instances may run it; one works at a time.
/// </summary>
/// <remarks>
/// Why a span is never believed when it is stale: a trigger records the hours each transaction changes, with the transaction's
/// id, and a closed span has the snapshot it was computed from. A change that the snapshot could not see, also one of a transaction
/// that was still running then, makes readers take the metrics instead, at once when it commits.
/// </remarks>
public sealed partial class RollupCloser(NpgsqlDataSource dataSource, IOptions<RollupOptions> options, TimeProvider time, ILogger<RollupCloser> logger)
{
    /// <summary>Older jobs are read from the metrics.</summary>
    public static readonly TimeSpan LongestHistory = TimeSpan.FromDays(3653);

    private const string LockKey = "hashtext('perfdash_rollups')";

    /// <summary>Closes what is due.</summary>
    /// <returns>How many hours and days were closed.</returns>
    public Task<int> CloseAsync(CancellationToken cancellationToken) =>
        WithLockAsync(connection => CloseDueAsync(connection, null, cancellationToken), wait: false, cancellationToken);

    /// <summary>Deletes the roll-ups of a range, to whole days, and computes them again.</summary>
    /// <param name="range">The range; null for all.</param>
    /// <param name="progress">Called with the parts done so far and those in all.</param>
    /// <param name="cancellationToken">Ends it; what is not closed by then is closed by the scheduler.</param>
    public Task<int> RebuildAsync(TimeRange? range, Action<int, int>? progress, CancellationToken cancellationToken) => WithLockAsync(
        async connection =>
        {
            await using (var reopen = Command(
                connection,
                """
                DELETE FROM rollup_spans
                WHERE start >= date_trunc('day', @from::timestamptz, 'UTC') AND start < @to
                """,
                ("from", range?.From.UtcDateTime ?? DateTime.MinValue),
                ("to", range?.To.UtcDateTime ?? DateTime.MaxValue)))
            {
                await reopen.ExecuteNonQueryAsync(cancellationToken);
            }

            return await CloseDueAsync(connection, progress, cancellationToken);
        },
        wait: true,
        cancellationToken);

    private async Task<int> CloseDueAsync(NpgsqlConnection connection, Action<int, int>? progress, CancellationToken cancellationToken)
    {
        await ReopenChangedAsync(connection, cancellationToken);
        var until = time.GetUtcNow().UtcDateTime - options.Value.CloseAfter;
        var first = await GetFirstDayAsync(connection, until, cancellationToken);
        // Retention leaves them behind.
        await using (var deletion = Command(connection, RollupSql.DeleteBefore, ("first", first)))
            await deletion.ExecuteNonQueryAsync(cancellationToken);
        var due = await GetDueAsync(connection, first, until, cancellationToken);
        for (var i = 0; i < due.Count; i++)
        {
            await CloseAsync(connection, due[i], cancellationToken);
            progress?.Invoke(i + 1, due.Count);
        }

        var spans = due.Sum(part => part.Starts.Length);
        if (spans > 100)
            LogClosed(spans);
        return spans;
    }

    /// <summary>Takes changed spans off the list, together with the changes that say so: readers see both or neither.</summary>
    private static async Task ReopenChangedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var command = Command(
            connection,
            $"""
            -- Snapshots of another server (a restored backup) say nothing about the transactions of this one.
            DELETE FROM rollup_spans WHERE pg_snapshot_xmax(snapshot)::text::numeric > pg_snapshot_xmax(pg_current_snapshot())::text::numeric;
            DELETE FROM rollup_spans AS s USING ({RollupSpans.Stale}) AS stale WHERE s.grain = stale.grain AND s.start = stale.start;
            DELETE FROM rollup_changes;
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The first day that has metrics; the last moment there is where none has.</summary>
    private static async Task<DateTime> GetFirstDayAsync(NpgsqlConnection connection, DateTime until, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection,
            "SELECT date_trunc('day', min(created_at), 'UTC') FROM performance_metrics WHERE created_at >= @oldest AND created_at < @until",
            ("oldest", until - LongestHistory),
            ("until", until));
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime first ? first : DateTime.MaxValue;
    }

    /// <summary>Spans that ended and are not closed, by day, newest first.</summary>
    private static async Task<List<DueSpans>> GetDueAsync(NpgsqlConnection connection, DateTime first, DateTime until, CancellationToken cancellationToken)
    {
        if (first >= until)
            return [];
        await using var command = Command(
            connection,
            """
            WITH ended AS (
                SELECT g.grain, start FROM (VALUES ('h', INTERVAL '1 hour'), ('b', INTERVAL '1 hour'), ('d', INTERVAL '1 day')) AS g(grain, length)
                CROSS JOIN generate_series(@first::timestamptz, @until::timestamptz - g.length, g.length) AS start
            )
            SELECT e.grain::text, array_agg(e.start ORDER BY e.start) FROM ended AS e LEFT JOIN rollup_spans AS s ON s.grain = e.grain::"char" AND s.start = e.start
            WHERE s.start IS NULL GROUP BY date_trunc('day', e.start, 'UTC'), e.grain ORDER BY min(e.start) DESC, e.grain DESC
            """,
            ("first", first),
            ("until", until));
        var due = new List<DueSpans>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            due.Add(new DueSpans(reader.GetString(0), reader.GetFieldValue<DateTime[]>(1)));
        return due;
    }

    private static async Task CloseAsync(NpgsqlConnection connection, DueSpans due, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var (unit, length, fill) = due.Grain switch
        {
            "b" => ("hour", TimeSpan.FromHours(1), RollupSql.FillBusy),
            "d" => ("day", TimeSpan.FromDays(1), $"{RollupSql.Delete}\n{RollupSql.FillDay}"),
            _ => ("hour", TimeSpan.FromHours(1), $"{RollupSql.Delete}\n{RollupSql.FillHour}"),
        };
        var range = new TimeRange(new DateTimeOffset(due.Starts[0], TimeSpan.Zero), new DateTimeOffset(due.Starts[^1] + length, TimeSpan.Zero));
        await using var command = Command(
            connection,
            $"""
            {fill};
            INSERT INTO rollup_spans (grain, start, snapshot) SELECT @grain, start, pg_current_snapshot() FROM unnest(@starts) AS start;
            """,
            [("unit", unit), ("starts", due.Starts), ("from", range.From.UtcDateTime), ("to", range.To.UtcDateTime), .. UtilizationQueries.BusyParameters(range)]);
        command.Parameters.Add(new NpgsqlParameter("grain", NpgsqlTypes.NpgsqlDbType.InternalChar) { Value = due.Grain[0] });
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    // Of the session, not of a transaction: each span is a transaction of its own, whose snapshot must be taken after the lock.
    private async Task<int> WithLockAsync(Func<NpgsqlConnection, Task<int>> work, bool wait, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using (var locking = Command(connection, wait ? $"SELECT pg_advisory_lock({LockKey}) IS NOT NULL" : $"SELECT pg_try_advisory_lock({LockKey})"))
        {
            locking.CommandTimeout = 0;
            if (await locking.ExecuteScalarAsync(cancellationToken) is not true)
                return 0;
        }

        try
        {
            return await work(connection);
        }
        finally
        {
            if (connection.State == ConnectionState.Open)
            {
                await using var unlocking = Command(connection, $"SELECT pg_advisory_unlock({LockKey})");
                await unlocking.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Roll-ups: closed {Spans} hours and days")]
    private partial void LogClosed(int spans);

    private sealed record DueSpans(string Grain, DateTime[] Starts);
}
