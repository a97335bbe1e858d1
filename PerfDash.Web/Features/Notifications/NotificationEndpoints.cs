namespace PerfDash.Web.Features.Notifications;

/// <summary>The API of notifications.</summary>
internal static class NotificationEndpoints
{
    public static void MapNotifications(this IEndpointRouteBuilder api)
    {
        api.MapChannels();
        api.MapDeliveries();
    }
}
