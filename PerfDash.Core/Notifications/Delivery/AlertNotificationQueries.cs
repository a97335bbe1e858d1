using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>What the channel in the application was given: the changes that open pages notify of. What is muted is not among them.</summary>
public sealed class AlertNotificationQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Changes in an answer, at most: the newest.</summary>
    public const int Limit = 200;

    /// <summary>Key of the newest change that was ever given; 0 where there is none.</summary>
    public async Task<long> GetNewestAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.NotificationDeliveries.MaxAsync(d => (long?)d.Id, cancellationToken) ?? 0;
    }

    /// <summary>Changes with a greater key, oldest first. Keys of one moment may come to light out of order: ask from a little before the last one known.</summary>
    public async Task<IReadOnlyList<AlertNotification>> GetAsync(long after, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await (
            from delivery in context.NotificationDeliveries
            where delivery.Id > after && delivery.State == DeliveryState.Delivered
            join channel in context.NotificationChannels on delivery.ChannelId equals channel.Id
            where channel.Kind == ChannelKind.InApp
            join change in context.AlertIncidentEvents on delivery.EventId equals change.Id
            orderby delivery.Id descending
            select new { delivery.Id, delivery.IncidentId, change.Event, change.Severity, delivery.Message }).Take(Limit).ToListAsync(cancellationToken);
        rows.Reverse();
        return rows.ConvertAll(n => new AlertNotification(n.Id, n.IncidentId, n.Event, n.Severity, NotificationMessage.TitleIn(n.Message)));
    }
}

/// <summary>A change as an open page shows it.</summary>
/// <param name="Id">Key, rising.</param>
/// <param name="Event"><c>opened</c>, <c>raised</c> or <c>resolved</c>.</param>
/// <param name="Severity">Severity after it.</param>
/// <param name="Title">One line for people; any text.</param>
public sealed record AlertNotification(long Id, long IncidentId, IncidentEvent Event, AlertSeverity Severity, string Title);
