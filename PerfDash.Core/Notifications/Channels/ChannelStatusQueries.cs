using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>How channels are doing.</summary>
public sealed class ChannelStatusQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Of every channel that is not deleted, by its key.</summary>
    public async Task<IReadOnlyDictionary<long, ChannelStatus>> GetAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: for each of the few channels its deliveries by (channel_id, created_at).
        var rows = await context.Database.SqlQuery<ChannelStatus>(
            $"""
            SELECT h.id AS channel_id, d.last_delivered_at, COALESCE(d.pending_count, 0)::int AS pending_count, COALESCE(d.failed_count, 0)::int AS failed_count,
                   e.last_error, e.created_at AS last_error_of
            FROM notification_channels AS h
            LEFT JOIN LATERAL (
                SELECT max(delivered_at) AS last_delivered_at, count(*) FILTER (WHERE state = {DeliveryState.Pending.ToText()}) AS pending_count, count(*) FILTER (WHERE state = {DeliveryState.Failed.ToText()}) AS failed_count
                FROM notification_deliveries WHERE channel_id = h.id
            ) AS d ON true
            LEFT JOIN LATERAL (
                SELECT last_error, created_at FROM notification_deliveries
                WHERE channel_id = h.id AND last_error IS NOT NULL AND state IN ({DeliveryState.Pending.ToText()}, {DeliveryState.Failed.ToText()}) ORDER BY created_at DESC LIMIT 1
            ) AS e ON true
            WHERE h.deleted_at IS NULL
            """).ToListAsync(cancellationToken);
        return rows.ToDictionary(r => r.ChannelId);
    }
}

/// <summary>How a channel is doing.</summary>
/// <param name="LastDeliveredAt">When something arrived last, UTC; null for never.</param>
/// <param name="PendingCount">Deliveries that wait for their next try.</param>
/// <param name="FailedCount">Deliveries that were given up.</param>
/// <param name="LastError">Of the newest delivery that did not arrive; null where all did.</param>
/// <param name="LastErrorOf">When that delivery was stored, UTC.</param>
public sealed record ChannelStatus(long ChannelId, DateTime? LastDeliveredAt, int PendingCount, int FailedCount, string? LastError, DateTime? LastErrorOf);
