using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Ingest.Otlp;

/// <summary>Registers the receiver of OpenTelemetry's traces.</summary>
public static class OtlpServices
{
    /// <summary>Adds it without running anything.</summary>
    public static IServiceCollection AddOtlp(this IServiceCollection services) => services.AddSingleton<OtlpSpans>().AddSingleton<OtlpJobs>();

    /// <summary>Runs <see cref="OtlpJobs"/>.</summary>
    public static IServiceCollection AddRunningOtlp(this IServiceCollection services) =>
        services.AddHostedService<OtlpJobService>().AddScheduledJob<OtlpCleanupJob>("otlp_cleanup", OtlpCleanupJob.Interval);
}

/// <summary>Writes jobs of traces, on every instance.</summary>
internal sealed partial class OtlpJobService(OtlpJobs jobs, TimeProvider time, ILogger<OtlpJobService> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var hasFailed = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await jobs.CompleteAsync(stoppingToken);
                hasFailed = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Said once; the spans stay where they are.
                if (!hasFailed)
                    LogFailed(DatabaseErrors.Find(e) is null ? e : null, DatabaseErrors.Describe(e));
                hasFailed = true;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Jobs of OpenTelemetry traces could not be written ({Error}); retrying every second")]
    private partial void LogFailed(Exception? e, string error);
}

/// <summary>Runs <see cref="OtlpJobs.DeleteOldAsync"/>.</summary>
public sealed class OtlpCleanupJob(IServiceProvider services, OtlpJobs jobs) : ScheduledJob(services)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override Task RunAsync(CancellationToken cancellationToken) => jobs.DeleteOldAsync(cancellationToken);
}
