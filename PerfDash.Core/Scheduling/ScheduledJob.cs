using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace PerfDash.Core.Scheduling;

/// <summary>
/// A job on Quartz's clock, run by one instance at a time. Its latest run is recorded, with what ended it; a failure is
/// a line in the log, and the next round tries again.
/// </summary>
[DisallowConcurrentExecution]
public abstract partial class ScheduledJob(IServiceProvider services) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var run = RunAndRecordAsync(context.JobDetail.Key.Name, cancellationToken);
        services.GetRequiredService<RunningJobs>().Add(run);
        await run;
    }

    /// <summary>The work of one run.</summary>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    private async Task RunAndRecordAsync(string name, CancellationToken cancellationToken)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var logger = services.GetRequiredService<ILogger<ScheduledJob>>();
        var startedAt = time.GetUtcNow().UtcDateTime;
        var clock = Stopwatch.StartNew();
        try
        {
            string? error = null;
            try
            {
                await RunAsync(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                error = e.Message;
                if (e is NpgsqlException)
                    LogFailed(logger, name, error);
                else
                    LogFault(logger, e, name);
            }

            await services.GetRequiredService<ScheduledJobQueries>().RecordAsync(name, startedAt, clock.Elapsed, error, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // PerfDash stops; the job is due again at the next start.
        }
        catch (NpgsqlException e)
        {
            // The job did what it did; what could not be written down is seen in the log.
            LogFailed(logger, name, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Scheduled job {Name} failed ({Error}); it is retried at its next run")]
    private static partial void LogFailed(ILogger logger, string name, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Scheduled job {Name} failed; it is retried at its next run")]
    private static partial void LogFault(ILogger logger, Exception e, string name);
}
