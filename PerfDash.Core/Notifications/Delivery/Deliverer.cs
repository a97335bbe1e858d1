using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>
/// Sends stored deliveries, each channel by itself: at least once, in the order of an incident's changes, again after a
/// failure. Several instances share the work.
/// </summary>
public sealed partial class Deliverer : IDisposable
{
    // What is under way at a stop may end; afterwards it is cut off and sent again by the next instance, under the same key.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<long, ChannelSender> _senders = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly Lazy<Task> _stopped;
    private readonly NpgsqlDataSource _dataSource;
    private readonly DeliveryClaims _claims;
    private readonly DeliverySignal _signal;
    private readonly Func<long, ChannelSender> _makeSender;

    internal Deliverer(
        NpgsqlDataSource dataSource,
        IDbContextFactory<PerfDashDbContext> contexts,
        DeliverySignal signal,
        ChannelSettingsStore store,
        IEnumerable<INotificationChannel> kinds,
        IOptions<NotificationOptions> options,
        ILogger<Deliverer> logger)
    {
        (_dataSource, _signal, _claims) = (dataSource, signal, new DeliveryClaims(dataSource));
        _stopped = new(StopOnceAsync);
        var byName = kinds.ToFrozenDictionary(k => k.Kind);
        // What failed has a new moment, which is to be waited for.
        _makeSender = id => new ChannelSender(id, _claims, store, byName, contexts, options.Value, signal.Wake, logger);
    }

    /// <summary>Sets the channels going that have something due, without waiting for them, and returns how long until the next delivery is; null when none waits.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<TimeSpan?> DispatchDueAsync(CancellationToken cancellationToken)
    {
        var (due, next) = await _claims.FindDueAsync(cancellationToken);
        foreach (var channel in due)
            _senders.GetOrAdd(channel, _makeSender).Wake(_stopping.Token, _aborting.Token);

        return next;
    }

    /// <summary>Sends everything that is due now and returns when each was tried.</summary>
    public async Task DeliverAsync(CancellationToken cancellationToken)
    {
        await DispatchDueAsync(cancellationToken);
        await Task.WhenAll(_senders.Values.Select(s => s.Current));
    }

    /// <summary>
    /// Brings withheld deliveries in line with how things are now: a mute that ended, a channel that was enabled or disabled, a
    /// worse alert that is over. Of an open alert the newest change is sent; of a resolved one the resolution, where the receiver
    /// knows of the alert. Returns how many rows changed.
    /// </summary>
    public async Task<int> ReconcileAsync(CancellationToken cancellationToken)
    {
        // Plan: open incidents by their index, which are few, and their deliveries; withheld resolutions by theirs. That nothing
        // was sent before may turn out wrong when a delivery was released in the same moment, hence those of the last day too.
        await using var command = _dataSource.CreateCommand(
            $"""
            WITH newest AS (
                SELECT DISTINCT ON (d.incident_id, d.channel_id) d.id, d.state, d.last_error, d.incident_id, i.severity, h.minimum_severity
                FROM alert_incidents AS i
                JOIN notification_deliveries AS d ON d.incident_id = i.id
                JOIN notification_channels AS h ON h.id = d.channel_id AND h.enabled AND h.deleted_at IS NULL
                WHERE i.state = {IncidentState.Open.ToSql()}
                ORDER BY d.incident_id, d.channel_id, d.id DESC
            ), ends AS (
                SELECT d.*, perfdash_alert_is_known(d.incident_id, d.channel_id) AS is_known
                FROM (SELECT id, incident_id, channel_id, state, last_error FROM notification_deliveries
                      WHERE state = {DeliveryState.Pending.ToSql()} AND message ->> 'event' = 'alert.resolved'
                      UNION ALL
                      SELECT id, incident_id, channel_id, state, last_error FROM notification_deliveries
                      WHERE state = {DeliveryState.Withheld.ToSql()} AND message ->> 'event' = 'alert.resolved'
                        AND (last_error IN ('{WithheldReason.Muted}', '{WithheldReason.SwitchedOff}')
                             OR (last_error = '{WithheldReason.NeverNotified}' AND created_at > now() - INTERVAL '1 day'))) AS d
                JOIN notification_channels AS h ON h.id = d.channel_id AND h.enabled AND h.deleted_at IS NULL
                WHERE d.state = {DeliveryState.Pending.ToSql()} OR NOT perfdash_alert_is_muted(d.incident_id)
            ), due AS (
                SELECT n.id FROM newest AS n
                WHERE n.state = {DeliveryState.Withheld.ToSql()} AND n.last_error IN ('{WithheldReason.Muted}', '{WithheldReason.Covered}', '{WithheldReason.SwitchedOff}')
                  AND NOT perfdash_alert_is_muted(n.incident_id)
                  AND (n.severity = {AlertSeverity.Critical.ToSql()} OR (n.minimum_severity = {AlertSeverity.Warning.ToSql()} AND NOT perfdash_alert_is_covered(n.incident_id)))
                UNION ALL
                SELECT e.id FROM ends AS e WHERE e.state = {DeliveryState.Withheld.ToSql()} AND e.is_known
                UNION ALL
                -- Attempted without a clear answer before the channel was disabled: first that, then the resolution.
                (SELECT DISTINCT ON (d.incident_id, d.channel_id) d.id
                 FROM ends AS e JOIN notification_deliveries AS d USING (incident_id, channel_id)
                 WHERE e.state = {DeliveryState.Withheld.ToSql()} AND d.state = {DeliveryState.Withheld.ToSql()} AND d.unclear_attempts > 0 AND d.message ->> 'event' <> 'alert.resolved'
                   AND perfdash_alert_is_unconfirmed(d.incident_id, d.channel_id)
                 ORDER BY d.incident_id, d.channel_id, d.id DESC)
            ), released AS (
                UPDATE notification_deliveries AS d
                SET state = CASE WHEN h.kind = {ChannelKind.InApp.ToSql()} THEN {DeliveryState.Delivered.ToSql()} ELSE {DeliveryState.Pending.ToSql()} END,
                    delivered_at = CASE WHEN h.kind = {ChannelKind.InApp.ToSql()} THEN clock_timestamp() END,
                    next_attempt_at = clock_timestamp(), last_error = NULL
                FROM due JOIN notification_deliveries AS r ON r.id = due.id JOIN notification_channels AS h ON h.id = r.channel_id
                WHERE d.id = due.id
                RETURNING 1
            ), unknown AS (
                UPDATE notification_deliveries AS d
                SET state = {DeliveryState.Withheld.ToSql()}, last_error = '{WithheldReason.NeverNotified}'
                FROM ends AS e
                WHERE d.id = e.id AND NOT e.is_known AND (e.state = {DeliveryState.Pending.ToSql()} OR e.last_error <> '{WithheldReason.NeverNotified}')
                RETURNING 1
            ), withheld AS (
                UPDATE notification_deliveries AS d
                SET state = {DeliveryState.Withheld.ToSql()}, last_error = '{WithheldReason.SwitchedOff}'
                FROM notification_channels AS h
                WHERE h.id = d.channel_id AND d.state = {DeliveryState.Pending.ToSql()} AND (NOT h.enabled OR h.deleted_at IS NOT NULL)
                RETURNING 1
            )
            SELECT (SELECT count(*) FROM released) + (SELECT count(*) FROM unknown) + (SELECT count(*) FROM withheld)
            """);
        var changed = (int)(long)(await command.ExecuteScalarAsync(cancellationToken))!;
        if (changed > 0)
            _signal.Notify();
        return changed;
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _aborting.Dispose();
    }

    /// <summary>Begins nothing new and returns when nothing is under way. A host may ask more than once, and the last time after it disposed of this.</summary>
    internal Task StopAsync() => _stopped.Value;

    private async Task StopOnceAsync()
    {
        await _stopping.CancelAsync();
        var current = Task.WhenAll(_senders.Values.Select(s => s.Current));
        if (await Task.WhenAny(current, Task.Delay(ShutdownTimeout)) != current)
            await _aborting.CancelAsync();
        await current;
    }
}
