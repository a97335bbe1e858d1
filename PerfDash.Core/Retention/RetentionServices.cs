using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Configuration;
using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Retention;

public static class RetentionServices
{
    /// <summary>Adds it without running it.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services.AddSettings<RetentionOptions>(RetentionOptions.Section);
        services.AddSingleton<MetricRetention>();
        return services;
    }

    /// <summary>Runs it every day.</summary>
    public static IServiceCollection AddRunningRetention(this IServiceCollection services) =>
        services.AddScheduledJob<RetentionJob>("retention", TimeSpan.FromDays(1));
}

/// <summary>Runs <see cref="MetricRetention"/>.</summary>
public sealed class RetentionJob(IServiceProvider services, MetricRetention retention) : ScheduledJob(services)
{
    protected override Task RunAsync(CancellationToken cancellationToken) => retention.RunAsync(cancellationToken);
}
