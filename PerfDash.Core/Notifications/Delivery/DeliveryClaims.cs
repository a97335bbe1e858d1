using System.Text.Json;
using Npgsql;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>
/// Takes due deliveries and writes down what became of them. A claim moves the next attempt ahead by the lease: of an
/// instance that dies the claim runs out. The clock is the database's, the one all instances share.
/// </summary>
internal sealed class DeliveryClaims(NpgsqlDataSource dataSource)
{
    // Due is what has waited long enough and has nothing of the same incident before it on the same channel; a resolution
    // only where the receiver knows of the alert. Plan: the short index of pending rows, then the incident's index for each.
    private static readonly string FirstInLine =
        $"""
        SELECT d.id, d.message ->> 'event' AS event FROM notification_deliveries AS d
        WHERE d.channel_id = @channel AND d.state = {DeliveryState.Pending.ToSql()} AND d.next_attempt_at <= clock_timestamp()
          AND NOT EXISTS (SELECT FROM notification_deliveries AS e
                          WHERE e.incident_id = d.incident_id AND e.channel_id = d.channel_id AND e.id < d.id AND e.state = {DeliveryState.Pending.ToSql()})
          AND (d.message ->> 'event' <> 'alert.resolved' OR perfdash_alert_is_known(d.incident_id, d.channel_id))
        """;

    private static readonly string ForPrograms =
        $"""
        WITH due AS ({FirstInLine} ORDER BY d.id LIMIT 8 FOR UPDATE OF d SKIP LOCKED)
        """;

    // Of each event at most one message a minute, but of what gets worse. What waits is sent together: when the minute is
    // over, or at once where an escalation waits behind its own opening.
    private static readonly string ForPeople =
        $"""
        WITH line AS (
            {FirstInLine}
              AND (d.message ->> 'event' = 'alert.raised' OR NOT EXISTS (
                  SELECT FROM notification_deliveries AS s
                  WHERE s.channel_id = d.channel_id AND s.created_at > now() - INTERVAL '2 days'
                    AND s.state = {DeliveryState.Delivered.ToSql()} AND s.delivered_at > clock_timestamp() - INTERVAL '1 minute'
                    AND s.message ->> 'event' = d.message ->> 'event')
                OR (d.message ->> 'event' = 'alert.opened' AND EXISTS (
                  SELECT FROM notification_deliveries AS r
                  JOIN notification_deliveries AS o ON o.incident_id = r.incident_id AND o.channel_id = r.channel_id AND o.state = {DeliveryState.Pending.ToSql()}
                                                   AND o.message ->> 'event' = 'alert.opened'
                  WHERE r.channel_id = @channel AND r.state = {DeliveryState.Pending.ToSql()} AND r.message ->> 'event' = 'alert.raised')))
            ORDER BY d.id LIMIT 500 FOR UPDATE OF d SKIP LOCKED
        ), due AS (
            SELECT id FROM line WHERE event = (SELECT event FROM line ORDER BY id LIMIT 1)
        )
        """;

    // An attempt is unclear until it is answered.
    private static readonly string Claim =
        $"""
        UPDATE notification_deliveries AS d
        SET next_attempt_at = clock_timestamp() + @lease, attempts = d.attempts + 1, unclear_attempts = d.unclear_attempts + 1
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.attempts, d.idempotency_key, d.message,
            (SELECT (d.unclear_attempts > 1 OR COALESCE(bool_or(e.unclear_attempts > 0 AND e.id <> d.id), false))
                    AND NOT COALESCE(bool_or(e.state = {DeliveryState.Delivered.ToSql()}), false)
             FROM notification_deliveries AS e
             WHERE e.incident_id = d.incident_id AND e.channel_id = d.channel_id AND e.message ->> 'event' IN ('alert.opened', 'alert.raised'))
        """;

    private const string Answered = "unclear_attempts = d.unclear_attempts - 1";

    /// <summary>Channels with something due, and how long until the next delivery is (null: none waits).</summary>
    public async Task<(IReadOnlyList<long> Due, TimeSpan? Next)> FindDueAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            SELECT channel_id, min(next_attempt_at) - now()
            FROM notification_deliveries WHERE state = {DeliveryState.Pending.ToSql()}
            GROUP BY channel_id, next_attempt_at <= now()
            """);
        var due = new List<long>();
        TimeSpan? next = null;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var wait = reader.GetTimeSpan(1);
            if (wait <= TimeSpan.Zero)
                due.Add(reader.GetInt64(0));
            else if (next is null || wait < next)
                next = wait;
        }

        return (due, next);
    }

    /// <summary>Claims due deliveries of a channel, oldest first; for people all of one event, for programs a few.</summary>
    public async Task<List<ClaimedDelivery>> TakeAsync(long channelId, bool forPeople, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand((forPeople ? ForPeople : ForPrograms) + Claim);
        command.Parameters.Add(new("channel", channelId));
        command.Parameters.Add(new("lease", lease));
        var claimed = new List<ClaimedDelivery>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            using var message = JsonDocument.Parse(reader.GetString(3));
            claimed.Add(new ClaimedDelivery(
                reader.GetInt64(0), reader.GetInt32(1), new OutgoingMessage(reader.GetGuid(2), message.RootElement.Clone()), reader.GetBoolean(4)));
        }

        claimed.Sort((a, b) => a.Id.CompareTo(b.Id));
        return claimed;
    }

    /// <summary>They arrived.</summary>
    public Task DeliveredAsync(IReadOnlyList<ClaimedDelivery> claimed, CancellationToken cancellationToken) => RecordAsync(
        claimed, $"state = {DeliveryState.Delivered.ToSql()}, delivered_at = clock_timestamp(), last_error = NULL, {Answered}", null, null, cancellationToken);

    /// <summary>They did not, or it is unclear; they are tried again after <paramref name="delay"/>, or given up where it is null.</summary>
    public Task FailedAsync(IReadOnlyList<ClaimedDelivery> claimed, DeliveryException failure, TimeSpan? delay, CancellationToken cancellationToken) => RecordAsync(
        claimed,
        (delay is null ? $"state = {DeliveryState.Failed.ToSql()}, last_error = @error" : "next_attempt_at = clock_timestamp() + @delay, last_error = @error")
        + (failure.IsRefusal ? $", {Answered}" : ""),
        failure.Message,
        delay,
        cancellationToken);

    /// <summary>Gives the claim back: this instance stops.</summary>
    public Task ReleaseAsync(IReadOnlyList<ClaimedDelivery> claimed, CancellationToken cancellationToken) =>
        RecordAsync(claimed, "next_attempt_at = clock_timestamp()", null, null, cancellationToken);

    // Only while the claim is still ours.
    private async Task RecordAsync(
        IReadOnlyList<ClaimedDelivery> claimed, string change, string? error, TimeSpan? delay, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            UPDATE notification_deliveries AS d SET {change}
            FROM unnest(@ids, @attempts) AS c(id, attempts)
            WHERE d.id = c.id AND d.attempts = c.attempts AND d.state = {DeliveryState.Pending.ToSql()}
            """);
        command.Parameters.Add(new("ids", claimed.Select(c => c.Id).ToArray()));
        command.Parameters.Add(new("attempts", claimed.Select(c => c.Attempts).ToArray()));
        if (error is not null)
            command.Parameters.Add(new("error", error));
        if (delay is { } d)
            command.Parameters.Add(new("delay", d));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
