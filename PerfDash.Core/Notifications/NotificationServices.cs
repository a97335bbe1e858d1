using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace PerfDash.Core.Notifications;

/// <summary>Registers notifications.</summary>
public static class NotificationServices
{
    /// <summary>Adds what stores and shows deliveries, without sending any: for commands.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddOptions<NotificationOptions>().BindConfiguration(NotificationOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<NotificationOptions>, NotificationOptionsCheck>();
        services.AddSingleton<DeliverySignal>();
        services.AddSingleton<DeliveryOutbox>();
        return services;
    }
}
