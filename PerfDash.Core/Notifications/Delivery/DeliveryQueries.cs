using System.Globalization;
using PerfDash.Core.Access;
using PerfDash.Data.Access;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>Which notifications were sent to which channel, and what an admin can do about those that were not.</summary>
public sealed class DeliveryQueries(IDbContextFactory<PerfDashDbContext> contexts, DeliverySignal signal)
{
    /// <summary>Deliveries, the newest first.</summary>
    /// <param name="before">Only those with a smaller key: the last of the page before; null for the first page.</param>
    /// <param name="limit">At most so many.</param>
    public async Task<IReadOnlyList<DeliveryItem>> GetAsync(DeliveryFilter filter, long? before, int limit, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = context.NotificationDeliveries.AsQueryable();
        if (filter.State is { } state)
            rows = rows.Where(d => d.State == state);
        if (filter.ChannelId is { } channelId)
            rows = rows.Where(d => d.ChannelId == channelId);
        if (filter.IncidentId is { } incidentId)
            rows = rows.Where(d => d.IncidentId == incidentId);
        if (before is { } last)
            rows = rows.Where(d => d.Id < last);
        var page = from d in rows
                   join channel in context.NotificationChannels on d.ChannelId equals channel.Id
                   join change in context.AlertIncidentEvents on d.EventId equals change.Id
                   orderby d.Id descending
                   select new DeliveryItem
                   {
                       Id = d.Id,
                       IncidentId = d.IncidentId,
                       EventId = d.EventId,
                       Event = change.Event,
                       ChannelId = d.ChannelId,
                       ChannelKind = channel.Kind,
                       ChannelName = channel.Name,
                       IdempotencyKey = d.IdempotencyKey,
                       State = d.State,
                       Attempts = d.Attempts,
                       NextAttemptAt = d.State == DeliveryState.Pending ? d.NextAttemptAt : null,
                       LastError = d.LastError,
                       CreatedAt = d.CreatedAt,
                       DeliveredAt = d.DeliveredAt,
                   };
        return await page.Take(limit).ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Sends a delivery that was given up or withheld after all, as if it were new. Not one that would contradict what the
    /// receiver knows: a change behind a later one that was or may have been delivered, or the resolution of an alert it never got.
    /// </summary>
    public async Task<RetryOutcome> RetryAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Editor);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // With an opening its resolution, which was withheld for want of one; before a resolution an opening that may not have arrived.
        var changed = await context.Database.ExecuteSqlAsync(
            $"""
            WITH chosen AS (
                SELECT d.id, d.incident_id, d.channel_id,
                       d.message ->> 'event' = 'alert.resolved' AND perfdash_alert_is_unconfirmed(d.incident_id, d.channel_id) AS with_opening
                FROM notification_deliveries AS d
                JOIN notification_channels AS c ON c.id = d.channel_id AND c.enabled AND c.deleted_at IS NULL AND c.kind <> {ChannelKind.InApp.ToText()}
                WHERE d.id = {id} AND d.state IN ({DeliveryState.Failed.ToText()}, {DeliveryState.Withheld.ToText()})
                  AND NOT EXISTS (SELECT FROM notification_deliveries AS l
                                  WHERE l.incident_id = d.incident_id AND l.channel_id = d.channel_id AND l.id > d.id
                                    AND (l.state = {DeliveryState.Delivered.ToText()} OR l.unclear_attempts > 0))
                  AND (d.message ->> 'event' <> 'alert.resolved' OR perfdash_alert_is_known(d.incident_id, d.channel_id))
            )
            UPDATE notification_deliveries AS d
            SET state = {DeliveryState.Pending.ToText()}, attempts = 0, next_attempt_at = 'epoch'
            FROM chosen
            WHERE d.id = chosen.id
               OR (d.incident_id = chosen.incident_id AND d.channel_id = chosen.channel_id AND d.id > chosen.id
                   AND d.state = {DeliveryState.Withheld.ToText()} AND d.last_error = {WithheldReason.NeverNotified})
               OR (chosen.with_opening AND d.incident_id = chosen.incident_id AND d.channel_id = chosen.channel_id AND d.id < chosen.id
                   AND d.state = {DeliveryState.Withheld.ToText()} AND d.unclear_attempts > 0)
            """,
            cancellationToken);
        if (changed > 0)
        {
            context.Add(actor.Audit("delivery_retried", id.ToString(CultureInfo.InvariantCulture)));
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            signal.Notify();
            return RetryOutcome.Queued;
        }

        return await context.NotificationDeliveries.AnyAsync(d => d.Id == id, cancellationToken) ? RetryOutcome.NotToBeRetried : RetryOutcome.Unknown;
    }
}

public enum RetryOutcome
{
    /// <summary>It is sent now.</summary>
    Queued,

    /// <summary>There is no such delivery.</summary>
    Unknown,

    /// <summary>It was delivered, is still being tried, is out of date, or its channel is off.</summary>
    NotToBeRetried,
}

/// <summary>Which deliveries; null is any.</summary>
public sealed record DeliveryFilter(DeliveryState? State = null, long? ChannelId = null, long? IncidentId = null);

/// <summary>One notification of one change to one channel.</summary>
public sealed record DeliveryItem
{
    /// <summary>Key.</summary>
    public required long Id { get; init; }

    /// <summary>The alert.</summary>
    public required long IncidentId { get; init; }

    /// <summary>The change of it.</summary>
    public required long EventId { get; init; }

    /// <summary><c>opened</c>, <c>raised</c> or <c>resolved</c>.</summary>
    public required IncidentEvent Event { get; init; }

    /// <summary>The channel.</summary>
    public required long ChannelId { get; init; }

    /// <summary>What kind of channel.</summary>
    public required ChannelKind ChannelKind { get; init; }

    /// <summary>Its name.</summary>
    public required string ChannelName { get; init; }

    /// <summary>Sent with every attempt.</summary>
    public required Guid IdempotencyKey { get; init; }

    /// <summary><c>pending</c>, <c>delivered</c>, <c>failed</c> (given up) or <c>withheld</c>.</summary>
    public required DeliveryState State { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it is tried next, UTC; null unless it is pending.</summary>
    public required DateTime? NextAttemptAt { get; init; }

    /// <summary>Why it did not arrive, or why it was withheld; null otherwise.</summary>
    public required string? LastError { get; init; }

    /// <summary>When it was stored, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When the receiver took it, UTC; null until then.</summary>
    public required DateTime? DeliveredAt { get; init; }
}
