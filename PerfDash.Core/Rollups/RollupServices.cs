using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PerfDash.Core.Configuration;
using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Rollups;

/// <summary>Registers roll-ups.</summary>
public static class RollupServices
{
    /// <summary>Adds them without keeping them up to date.</summary>
    public static IServiceCollection AddRollups(this IServiceCollection services)
    {
        services.AddSettings<RollupOptions>(RollupOptions.Section);
        services.AddSingleton<RollupCloser>();
        services.AddSingleton<RollupQueries>();
        return services;
    }

    /// <summary>Closes hours and days every minute.</summary>
    public static IServiceCollection AddRunningRollups(this IServiceCollection services) =>
        services.AddScheduledJob<CloseRollupsJob>("close_rollups", TimeSpan.FromMinutes(1));
}

/// <summary>Runs <see cref="RollupCloser"/> where roll-ups are enabled.</summary>
public sealed class CloseRollupsJob(IServiceProvider services, RollupCloser closer, IOptions<RollupOptions> options) : ScheduledJob(services)
{
    protected override Task RunAsync(CancellationToken cancellationToken) => options.Value.Enabled ? closer.CloseAsync(cancellationToken) : Task.CompletedTask;
}
