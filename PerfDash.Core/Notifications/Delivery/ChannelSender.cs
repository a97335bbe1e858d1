using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>Empties one channel's queue, so that a receiver that hangs delays no other channel.</summary>
internal sealed partial class ChannelSender(
    long channelId,
    DeliveryClaims claims,
    ChannelSettingsStore store,
    IReadOnlyDictionary<ChannelKind, INotificationChannel> kinds,
    IDbContextFactory<PerfDashDbContext> contexts,
    NotificationOptions options,
    Action onFailure,
    ILogger logger)
{
    // Slack and Discord take about one message a second.
    private static readonly TimeSpan PauseForPeople = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private bool _running;
    private bool _again;

    /// <summary>Ends when what it was woken for is done.</summary>
    public Task Current { get; private set; } = Task.CompletedTask;

    /// <summary>Sends what is due, once more if it is already at it.</summary>
    /// <param name="stopping">Nothing new is begun after it.</param>
    /// <param name="aborting">What is under way ends with it.</param>
    public void Wake(CancellationToken stopping, CancellationToken aborting)
    {
        lock (_lock)
        {
            _again = true;
            if (_running)
                return;
            _running = true;
            Current = Task.Run(() => RunAsync(stopping, aborting), CancellationToken.None);
        }
    }

    private async Task RunAsync(CancellationToken stopping, CancellationToken aborting)
    {
        while (TakeTurn(stopping))
        {
            try
            {
                await DrainAsync(stopping, aborting);
            }
            catch (OperationCanceledException) when (aborting.IsCancellationRequested)
            {
                // Its claims were given back, or run out.
            }
            catch (NpgsqlException e)
            {
                // What was claimed comes back when the claim runs out.
                LogAway(e.Message);
            }
        }
    }

    private bool TakeTurn(CancellationToken stopping)
    {
        lock (_lock)
        {
            _running = _again && !stopping.IsCancellationRequested;
            _again = false;
            return _running;
        }
    }

    private async Task DrainAsync(CancellationToken stopping, CancellationToken aborting)
    {
        NotificationChannel? channel;
        await using (var context = await contexts.CreateDbContextAsync(aborting))
            channel = await context.NotificationChannels.FirstOrDefaultAsync(c => c.Id == channelId && c.Enabled && c.DeletedAt == null, aborting);
        if (channel is null || !kinds.TryGetValue(channel.Kind, out var kind))
            return;

        for (var first = true; !stopping.IsCancellationRequested; first = false)
        {
            var claimed = await claims.TakeAsync(channelId, kind.IsForPeople, options.Lease, aborting);
            if (claimed.Count == 0)
                return;
            if (!kind.IsForPeople)
            {
                await Task.WhenAll(claimed.Select(c => SendAsync(channel, kind, [c], aborting)));
                continue;
            }

            if (!first)
                await Task.Delay(PauseForPeople, aborting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await SendAsync(channel, kind, claimed, aborting);
        }
    }

    private async Task SendAsync(NotificationChannel channel, INotificationChannel kind, List<ClaimedDelivery> claimed, CancellationToken aborting)
    {
        if (await TryAsync(channel, kind, claimed, aborting) is not { } failure)
        {
            await claims.DeliveredAsync(claimed, CancellationToken.None);
            return;
        }

        if (aborting.IsCancellationRequested)
        {
            await claims.ReleaseAsync(claimed, CancellationToken.None);
            return;
        }

        var mayBeOpenThere = claimed[0].Message.Event == "alert.resolved" || claimed.Exists(c => c.MayBeKnown);
        var delay = RetrySchedule.DelayAfter(claimed.Max(c => c.Attempts), failure, mayBeOpenThere, Random.Shared);
        await claims.FailedAsync(claimed, failure, delay, CancellationToken.None);
        onFailure();
        if (delay is { } pause)
            LogFailed(claimed.Count, channel.Name, failure.Message, pause.TotalSeconds);
        else
            LogGivenUp(claimed.Count, channel.Name, failure.Message);
    }

    private async Task<DeliveryException?> TryAsync(
        NotificationChannel channel, INotificationChannel kind, List<ClaimedDelivery> claimed, CancellationToken aborting)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborting);
        limit.CancelAfter(options.SendTimeout);
        try
        {
            await kind.SendAsync(store.SettingsOf(channel), [.. claimed.Select(c => c.Message)], limit.Token);
            return null;
        }
        catch (DeliveryException e)
        {
            return e;
        }
        catch (OperationCanceledException e)
        {
            return new DeliveryException($"No answer within {options.SendTimeout.TotalSeconds:0.#} s.", e);
        }
        catch (Exception e)
        {
            // A fault of this program must not stop the channel, and may name what is secret: the log has its kind, not its text.
            LogFault(channel.Name, e.GetType().Name, e.StackTrace);
            return new DeliveryException($"Internal error ({e.GetType().Name}). See the server log.", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Could not deliver {Count} notifications to {Channel} ({Error}); retrying in {DelaySeconds:0} s")]
    private partial void LogFailed(int count, string channel, string error, double delaySeconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} notifications to {Channel} failed and are not retried ({Error})")]
    private partial void LogGivenUp(int count, string channel, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Internal error while sending to {Channel}: {Kind} {Where}")]
    private partial void LogFault(string channel, string kind, string? where);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is unavailable ({Error}); pending notifications are sent when it is back")]
    private partial void LogAway(string error);
}
