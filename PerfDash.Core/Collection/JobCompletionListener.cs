using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Live;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Core.Settings;
using PerfDash.Data;

namespace PerfDash.Core.Collection;

/// <summary>
/// Holds the one LISTEN connection. A notification is a hint that carries nothing: it wakes the collector, tells open
/// pages that another instance recorded something, changed an incident or a setting, or says that alert rules changed. Every (re)connect wakes the collector too, because hints sent
/// meanwhile are gone.
/// </summary>
public sealed partial class JobCompletionListener(
    PerfDashDatabase database,
    CollectionState state,
    LiveUpdates live,
    RuleCache rules,
    AlertUpdates alerts,
    SettingsUpdates settings,
    DeliverySignal deliveries,
    IOptions<CollectionOptions> options,
    ILogger<JobCompletionListener> logger) : BackgroundService
{
    private const string CompletedChannel = "perfdash_job_completed";
    private const string RecordedChannel = "perfdash_recorded";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
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
                state.SetListening(false);
                LogLost(e.Message, delay.TotalMilliseconds);
                await Task.Delay(delay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }
        }
    }

    private async Task ListenAsync(Action connected, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.ListenConnectionString);
        await connection.OpenAsync(cancellationToken);
        // Npgsql swallows what a handler throws, so it must only ring bells.
        connection.Notification += (_, e) => OnNotification(e);
        await using (var listen = new NpgsqlCommand($"LISTEN {RecordedChannel}; LISTEN {RuleCache.NotifyChannel}; LISTEN {AlertUpdates.NotifyChannel}; LISTEN {DeliverySignal.NotifyChannel}; LISTEN {SettingsUpdates.NotifyChannel}", connection))
        {
            if (options.Value.Notify != false)
                listen.CommandText += $"; LISTEN {CompletedChannel}";
            await listen.ExecuteNonQueryAsync(cancellationToken);
        }

        connected();
        rules.Invalidate();
        state.SetListening(true);
        LogListening();
        state.Wake();
        live.Publish(0);
        settings.Publish();
        alerts.Publish();
        deliveries.Notify();
        while (true)
            await connection.WaitAsync(cancellationToken);
    }

    private void OnNotification(NpgsqlNotificationEventArgs notification)
    {
        switch (notification.Channel)
        {
            case CompletedChannel:
                state.Wake();
                break;
            case RuleCache.NotifyChannel:
                rules.Invalidate();
                alerts.Publish();
                // Limits are drawn on charts.
                settings.Publish();
                break;
            case SettingsUpdates.NotifyChannel:
                settings.Publish();
                break;
            case AlertUpdates.NotifyChannel when notification.Payload != LiveUpdates.InstanceId:
                alerts.Publish();
                break;
            case DeliverySignal.NotifyChannel:
                deliveries.Notify();
                break;
            case RecordedChannel when notification.Payload != LiveUpdates.InstanceId:
                live.Publish(0);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening for completed jobs")]
    private partial void LogListening();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost the connection that listens for completed jobs ({Error}); reconnecting in {DelayMs} ms, polling continues")]
    private partial void LogLost(string error, double delayMs);
}
