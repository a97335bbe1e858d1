using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace PerfDash.Core.Collection;

/// <summary>Empties the outbox whenever it is woken, and every <see cref="CollectionOptions.PollInterval"/> unasked.</summary>
public sealed partial class CollectorService(
    MetricCollector collector,
    CollectionState state,
    IOptions<CollectionOptions> options,
    ILogger<CollectorService> logger) : BackgroundService
{
    // Of writers that complete jobs at the same moment only one sends a hint, and the others may commit after it.
    private static readonly TimeSpan FollowUpDelay = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retryDelay = FirstRetryDelay;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var found = false;
                while ((await collector.CollectAsync(options.Value.BatchSize, stoppingToken)).Claimed > 0)
                {
                    found = true;
                    state.Polled();
                }

                state.Polled();
                retryDelay = FirstRetryDelay;
                await state.WaitAsync(found && FollowUpDelay < options.Value.PollInterval ? FollowUpDelay : options.Value.PollInterval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the outbox still holds what was not recorded: say so and try again.
                state.PollFailed(e);
                if (e is NpgsqlException { IsTransient: true } or PostgresException { SqlState: "57P01" })
                    LogAway(e.Message);
                else
                    LogFailed(e);
                await Task.Delay(retryDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                retryDelay = retryDelay * 2 < LongestRetryDelay ? retryDelay * 2 : LongestRetryDelay;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is unavailable ({Error}); pending completions are collected when it is back")]
    private partial void LogAway(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Collecting completed jobs failed; retrying")]
    private partial void LogFailed(Exception e);
}
