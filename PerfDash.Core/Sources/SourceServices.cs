using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Configuration;
using PerfDash.Core.Settings;
using PerfDash.Core.Sources.Probes;

namespace PerfDash.Core.Sources;

/// <summary>Registers sources.</summary>
public static class SourceServices
{
    /// <summary>Adds what pages and routes need, without following any.</summary>
    public static IServiceCollection AddSources(this IServiceCollection services)
    {
        services.AddSingleton(new SettingsSection($"{SourceOptions.Section}:*", typeof(SourceOptions)));
        services.AddSingleton<SourceSettingsStore>();
        services.AddSingleton<SourceWorkers>();
        services.AddSingleton(p => new JobOutputs(p.GetRequiredService<IDbContextFactory<PerfDashDbContext>>(), p.GetRequiredService<SourceSettingsStore>()));
        services.AddSingleton<OutputStripQueries>();
        services.AddSingleton<ProbeService>();
        services.AddSingleton<ProbeQueries>();
        services.AddSingleton(p => new SourceService(
            p.GetRequiredService<IDbContextFactory<PerfDashDbContext>>(),
            p.GetRequiredService<SourceSettingsStore>(),
            p.GetRequiredService<SourceWorkers>(),
            p.GetRequiredService<SettingsUpdates>(),
            p.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>Follows them.</summary>
    public static IServiceCollection AddRunningSources(this IServiceCollection services)
    {
        services.AddHostedService<ConfiguredSources>();
        services.AddHostedService<SourceSupervisor>();
        return services;
    }
}
