using PerfDash.Core.Messaging;

namespace PerfDash.Web.Live;

/// <summary>
/// Refreshes open pages every minute in which nothing was recorded: ranges move on with the clock, and a host may have changed
/// its own tables without a word.
/// </summary>
public sealed class QuietRefresh(LiveUpdates live, TimeProvider time) : BackgroundService
{
    /// <summary>The longest time an open page goes without a refresh.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (live.Current.At is not { } at || time.GetUtcNow() - at >= Interval)
                live.Publish(0);
        }
    }
}
