using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PerfDash.Web.Hosting.Startup;

/// <summary>Puts everything that runs in the background behind the database's start.</summary>
internal static class DatabaseServices
{
    /// <summary>Key of the services that <see cref="DatabaseStart"/> starts.</summary>
    public const string Key = "after the database";

    /// <summary>Call it after everything was added: what was to be started by the host is started by <see cref="DatabaseStart"/>, in the same order.</summary>
    public static IServiceCollection StartAfterDatabase(this IServiceCollection services)
    {
        // Health is reported while the database is awaited.
        foreach (var service in services.Where(s => s.ServiceType == typeof(IHostedService) && !s.IsKeyedService && s.ImplementationType?.Assembly != typeof(HealthCheckService).Assembly).ToList())
        {
            services.Remove(service);
            services.Add(
                service.ImplementationInstance is { } instance ? new ServiceDescriptor(typeof(IHostedService), Key, instance)
                : service.ImplementationFactory is { } factory ? new ServiceDescriptor(typeof(IHostedService), Key, (provider, _) => factory(provider), ServiceLifetime.Singleton)
                : new ServiceDescriptor(typeof(IHostedService), Key, service.ImplementationType!, ServiceLifetime.Singleton));
        }

        services.AddSingleton<StartupState>();
        services.AddSingleton<DatabaseStart>();
        return services.AddHostedService(provider => provider.GetRequiredService<DatabaseStart>());
    }
}
