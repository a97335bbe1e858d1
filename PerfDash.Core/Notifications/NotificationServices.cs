using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Configuration;
using PerfDash.Core.Messaging;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Notifications;

public static class NotificationServices
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(10);

    /// <summary>Adds what stores and shows deliveries, without sending any: for commands.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddSettings<NotificationOptions>(NotificationOptions.Section);
        services.AddSingleton<IValidateOptions<NotificationOptions>, NotificationOptionsCheck>();
        // All instances read what one of them encrypted.
        services.AddDataProtection().SetApplicationName("PerfDash").PersistKeysToDbContext<PerfDashDbContext>();
        services.AddSingleton<DeliverySignal>();
        services.AddNotificationHandler(p => new(DeliverySignal.NotifyChannel, p.GetRequiredService<DeliverySignal>().Notify));
        services.AddSingleton<IIncidentChangeHandler, DeliveryOutbox>();
        services.AddSingleton<AlertNotificationQueries>();
        services.AddSingleton<DeliveryQueries>();
        services.AddSingleton<ChannelStatusQueries>();
        services.AddSingleton<ChannelSettingsStore>();
        services.AddSingleton<SsrfSafeHttpClient>();
        services.AddSingleton<INotificationChannel, WebhookChannel>();
        services.AddSingleton<INotificationChannel, SlackChannel>();
        services.AddSingleton<INotificationChannel, DiscordChannel>();
        services.AddSingleton<INotificationChannel, EmailChannel>();
        services.AddSingleton(p => new ChannelService(
            p.GetRequiredService<IDbContextFactory<PerfDashDbContext>>(),
            p.GetRequiredService<ChannelSettingsStore>(),
            p.GetServices<INotificationChannel>(),
            p.GetRequiredService<IOptions<NotificationOptions>>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new Deliverer(
            p.GetRequiredService<NpgsqlDataSource>(),
            p.GetRequiredService<IDbContextFactory<PerfDashDbContext>>(),
            p.GetRequiredService<DeliverySignal>(),
            p.GetRequiredService<ChannelSettingsStore>(),
            p.GetServices<INotificationChannel>(),
            p.GetRequiredService<IOptions<NotificationOptions>>(),
            p.GetRequiredService<ILogger<Deliverer>>()));
        return services;
    }

    /// <summary>Makes the channels of the configuration and sends what is stored.</summary>
    public static IServiceCollection AddRunningNotifications(this IServiceCollection services)
    {
        services.AddHostedService<ConfiguredChannels>();
        services.AddHostedService<DeliveryService>();
        return services.AddScheduledJob<DeliveryJob>("delivery", PollInterval);
    }
}
