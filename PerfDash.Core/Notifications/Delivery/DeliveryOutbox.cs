using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>
/// Stores notifications, one row for each change and channel, in the transaction of the change itself.
/// They are sent after the commit.
/// </summary>
public sealed class DeliveryOutbox(IOptions<NotificationOptions> options, DeliverySignal signal) : IIncidentChangeHandler
{
    // Plan: changes × channels, both few; incidents and earlier deliveries by their indexes. A channel in the application
    // is delivered by being stored. A resolution goes to every channel that knows of the alert and to no other: the channel's
    // severity does not apply to it. A mute or a disabled channel only delays what it withholds (Deliverer.ReconcileAsync). Where the
    // channel was disabled while it was unclear whether the opening had arrived, the resolution waits to be sent after it.
    private static readonly string Sql =
        $"""
        WITH change AS (
            SELECT * FROM unnest(@events, @incidents, @kinds, @severities, @muted, @messages) AS c(event_id, incident_id, event, severity, muted, message)
        ), candidate AS (
            SELECT c.*, h.id AS channel_id, h.kind, perfdash_alert_is_known(c.incident_id, h.id) AS was_known,
                   CASE WHEN c.event <> {IncidentEvent.Resolved.ToSql()} AND c.severity = {AlertSeverity.Warning.ToSql()} AND h.minimum_severity = {AlertSeverity.Critical.ToSql()} THEN '{WithheldReason.BelowSeverity}'
                        WHEN c.muted THEN '{WithheldReason.Muted}'
                        WHEN NOT h.enabled OR (c.event = {IncidentEvent.Resolved.ToSql()} AND perfdash_alert_is_unconfirmed(c.incident_id, h.id)) THEN '{WithheldReason.SwitchedOff}'
                        WHEN c.event = {IncidentEvent.Opened.ToSql()} AND c.severity = {AlertSeverity.Warning.ToSql()} AND perfdash_alert_is_covered(c.incident_id) THEN '{WithheldReason.Covered}'
                   END AS reason
            FROM change AS c CROSS JOIN notification_channels AS h
            WHERE h.deleted_at IS NULL
        ), known AS (
            SELECT c.*, c.was_known OR COALESCE(bool_or(c.reason IS NULL AND c.event <> {IncidentEvent.Resolved.ToSql()}) OVER before, false) AS is_known
            FROM candidate AS c
            WINDOW before AS (PARTITION BY c.incident_id, c.channel_id ORDER BY c.event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ), decided AS (
            SELECT k.*, CASE WHEN k.event = {IncidentEvent.Resolved.ToSql()} AND NOT k.is_known THEN '{WithheldReason.NeverNotified}' ELSE k.reason END AS final_reason
            FROM known AS k
        )
        INSERT INTO notification_deliveries (event_id, incident_id, channel_id, state, message, last_error, delivered_at)
        SELECT event_id, incident_id, channel_id,
               CASE WHEN final_reason IS NOT NULL THEN {DeliveryState.Withheld.ToSql()} WHEN kind = {ChannelKind.InApp.ToSql()} THEN {DeliveryState.Delivered.ToSql()} ELSE {DeliveryState.Pending.ToSql()} END,
               message::jsonb, final_reason,
               CASE WHEN final_reason IS NULL AND kind = {ChannelKind.InApp.ToSql()} THEN clock_timestamp() END
        FROM decided ORDER BY event_id, channel_id
        """;

    /// <summary>
    /// Writes the deliveries of these changes and notifies the other instances, both with the caller's commit.
    /// A delivery that is not to be sent is stored as withheld, with the reason.
    /// </summary>
    public async Task HandleAsync(NpgsqlConnection connection, IReadOnlyList<IncidentChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
            return;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new("events", changes.Select(c => c.EventId).ToArray()));
        command.Parameters.Add(new("incidents", changes.Select(c => c.Alert.Id).ToArray()));
        command.Parameters.Add(new("kinds", changes.Select(c => c.Event.ToText()).ToArray()));
        command.Parameters.Add(new("severities", changes.Select(c => c.Alert.Severity.ToText()).ToArray()));
        command.Parameters.Add(new("muted", changes.Select(c => c.Muted).ToArray()));
        command.Parameters.Add(new("messages", NpgsqlDbType.Array | NpgsqlDbType.Text)
        {
            Value = changes.Select(c => JsonSerializer.Serialize(NotificationMessage.From(c, options.Value.PublicUrl), NotificationMessage.Json)).ToArray(),
        });
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            return;
        await using var notify = new NpgsqlCommand($"NOTIFY {DeliverySignal.NotifyChannel}", connection);
        await notify.ExecuteNonQueryAsync(cancellationToken);
    }

    public void Publish() => signal.Notify();
}

/// <summary>Why a delivery is not sent.</summary>
internal static class WithheldReason
{
    public const string Muted = "Muted.";
    public const string BelowSeverity = "Below the minimum severity of the channel.";
    public const string Covered = "Covered by a critical alert on the same metric and subject.";
    public const string NeverNotified = "The channel was not notified of this alert before.";
    public const string SwitchedOff = "The channel was disabled.";
}
