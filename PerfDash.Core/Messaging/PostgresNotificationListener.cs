using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PerfDash.Core.Messaging;

/// <summary>Holds the one LISTEN connection of this process and reconnects it. Features register a <see cref="PostgresNotificationHandler"/> for their channels.</summary>
public sealed partial class PostgresNotificationListener(
    PerfDashDatabase database, ListenerState state, IEnumerable<PostgresNotificationHandler> handlers, ILogger<PostgresNotificationListener> logger) : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly ILookup<string, PostgresNotificationHandler> _handlers = handlers.ToLookup(h => h.Channel, StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var delay = FirstDelay;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(() => delay = FirstDelay, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, it must not end the program: the poll goes on and so does the attempt to listen.
                state.Set(false);
                LogLost(e.Message, delay.TotalMilliseconds);
                await Task.Delay(delay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }
        }
    }

    private async Task ListenAsync(Action connected, CancellationToken cancellationToken)
    {
        await using var source = new NpgsqlDataSourceBuilder(database.ListenConnectionString) { Name = "perfdash_listener" }.Build();
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, e) => OnNotification(e);
        var channels = _handlers.Where(channel => channel.Any(h => h.IsEnabled)).Select(channel => channel.Key);
        await using (var listen = new NpgsqlCommand(string.Join("; ", channels.Select(channel => $"LISTEN {channel}")), connection))
            await listen.ExecuteNonQueryAsync(cancellationToken);

        connected();
        state.Set(true);
        LogListening();
        foreach (var handler in _handlers.SelectMany(channel => channel))
            handler.CatchUp();
        while (true)
            await connection.WaitAsync(cancellationToken);
    }

    private void OnNotification(NpgsqlNotificationEventArgs notification)
    {
        foreach (var handler in _handlers[notification.Channel].Where(h => !h.IgnoresOwn || notification.Payload != LiveUpdates.InstanceId))
            handler.Handle();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening for completed jobs")]
    private partial void LogListening();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost the connection that listens for completed jobs ({Error}); reconnecting in {DelayMs} ms, polling continues")]
    private partial void LogLost(string error, double delayMs);
}
