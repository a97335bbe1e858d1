using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>Sends what is due whenever it is woken, and when the next delivery's moment has come.</summary>
public sealed partial class DeliveryService(Deliverer deliverer, DeliverySignal signal, ILogger<DeliveryService> logger) : BackgroundService
{
    // Other instances' claims run out without a signal; the scheduled job looks for those too.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await deliverer.StopAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = await deliverer.DispatchDueAsync(stoppingToken) ?? LongestPause;
                await signal.WaitAsync(next < ShortestPause ? ShortestPause : next < LongestPause ? next : LongestPause, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the rows still hold what was not sent: say so and try again.
                if (e is NpgsqlException { IsTransient: true } or PostgresException { SqlState: "57P01" })
                    LogAway(e.Message);
                else
                    LogFailed(e);
                await Task.Delay(RetryDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is unavailable ({Error}); pending notifications are sent when it is back")]
    private partial void LogAway(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Could not read pending notifications; retrying")]
    private partial void LogFailed(Exception e);
}
