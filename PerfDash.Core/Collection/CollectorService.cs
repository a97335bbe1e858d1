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
    private static readonly TimeSpan SecondLook = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var found = false;
                while ((await collector.CollectAsync(options.Value.BatchSize, stoppingToken)).Claimed > 0)
                {
                    found = true;
                    state.Looked();
                }

                state.Looked();
                await state.WaitAsync(found && SecondLook < options.Value.PollInterval ? SecondLook : options.Value.PollInterval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the outbox still holds what was not recorded: say so and try again.
                state.LookFailed(e.Message);
                LogFailed(e, e is NpgsqlException { IsTransient: true } or PostgresException { SqlState: "57P01" } ? LogLevel.Warning : LogLevel.Error);
                await Task.Delay(RetryDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(Message = "Collecting completed jobs failed; trying again")]
    private partial void LogFailed(Exception e, LogLevel level);
}
