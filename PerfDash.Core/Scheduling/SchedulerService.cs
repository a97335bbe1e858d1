using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Quartz;

namespace PerfDash.Core.Scheduling;

/// <summary>
/// Runs the scheduler as Quartz does, but does not wait for it without end at a stop: with the database away it tries for
/// ever to hand back a run it had reserved. Another instance, or the next start, takes over what it held.
/// </summary>
public sealed partial class SchedulerService(
    IHostApplicationLifetime lifetime, IServiceProvider services, IOptionsMonitor<QuartzHostedServiceOptions> options, ILogger<SchedulerService> logger)
    : QuartzHostedService(lifetime, services, options), IHostedService
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    async Task IHostedService.StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StopAsync(cancellationToken).WaitAsync(LongestStop, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            LogLeft();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler did not stop in time; another instance or the next start continues its work")]
    private partial void LogLeft();
}
