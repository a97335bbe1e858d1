using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerfDash.Core.Configuration;
using PerfDash.Core.Messaging;
using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Collection;

/// <summary>Registers capture.</summary>
public static class CollectionServices
{
    // Of the trigger on jobs.
    private const string NotifyChannel = "perfdash_job_completed";

    /// <summary>Adds the collector and what an admin sees of it, without running it: for commands that drain once.</summary>
    public static IServiceCollection AddCollection(this IServiceCollection services)
    {
        services.AddSettings<CollectionOptions>(CollectionOptions.Section);
        services.AddSingleton<CollectionState>();
        services.AddNotificationHandler(p => new(NotifyChannel, p.GetRequiredService<CollectionState>().Wake)
        {
            IsEnabled = p.GetRequiredService<IOptions<CollectionOptions>>().Value.Notify != false,
        });
        services.AddSingleton<DatabaseCondition>();
        services.AddSingleton<MetricPartitions>();
        services.AddSingleton<MetricCollector>();
        services.AddSingleton<CollectionQueries>();
        services.AddSingleton<Sweep>();
        return services;
    }

    /// <summary>Runs it: the listener, the collector, and on schedule the sweep and the making of partitions.</summary>
    public static IServiceCollection AddRunningCollection(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddHostedService<NotifySetting>();
        services.AddHostedService<PostgresNotificationListener>();
        services.AddHostedService<CollectorService>();
        var sweepInterval = (configuration.GetSection(CollectionOptions.Section).Get<CollectionOptions>() ?? new()).SweepInterval;
        services.AddScheduledJob<SweepJob>("sweep", sweepInterval);
        services.AddScheduledJob<MetricPartitionsJob>("partitions", TimeSpan.FromDays(1));
        return services;
    }

    /// <summary>Sets whether the database's trigger sends NOTIFY.</summary>
    private sealed class NotifySetting(IDbContextFactory<PerfDashDbContext> contexts, IOptions<CollectionOptions> options) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            var notify = options.Value.Notify;
            await context.CollectionSettings.Where(s => s.Notify != notify)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.Notify, notify), cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
