using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Web.Live;

namespace PerfDash.Web.Features.Alerts.Incidents;

/// <summary>
/// One circuit's share of what happens to alerts: how many are open, what is notified, and when pages about them are out of date.
/// While the reader holds the page still nothing of it moves; what happened meanwhile is notified afterwards.
/// </summary>
public sealed partial class AlertFeed(
    AlertUpdates updates, AlertQueries alerts, AlertNotificationQueries notifications, LiveFeed live, TimeProvider time, ILogger<AlertFeed> logger) : IAsyncDisposable
{
    /// <summary>The shortest time between two refreshes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    // Keys of one moment may come to light out of order: so many before the newest are read again.
    private const int Overlap = 100;

    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _refreshing = new(1);
    private readonly SortedSet<long> _notifiedIds = [];
    private Task? _loop;
    private long _newest = -1;
    private bool _hasMissedRefresh;

    /// <summary>Raised when what pages about alerts show may be out of date. Awaited.</summary>
    public event Func<Task>? Changed;

    /// <summary>Raised with the changes to be notified, oldest first.</summary>
    public event Action<IReadOnlyList<AlertNotification>>? Notified;

    /// <summary>Incidents that are open or acknowledged; null before it is known.</summary>
    public int? CurrentCount { get; private set; }

    public void Start()
    {
        if (_loop is not null)
            return;
        live.Changed += OnLiveChanged;
        _loop = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
            return;
        live.Changed -= OnLiveChanged;
        await _closing.CancelAsync();
        if (_loop is not null)
            await _loop;
        _closing.Dispose();
        _refreshing.Dispose();
    }

    private async Task RunAsync()
    {
        using var subscription = updates.Subscribe();
        try
        {
            await RefreshAsync();
            await foreach (var _ in subscription.ReadAllAsync(_closing.Token))
            {
                if (live.Paused)
                    _hasMissedRefresh = true;
                else
                    await RefreshAsync();
                await Task.Delay(Interval, time, _closing.Token);
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The circuit is gone.
        }
    }

    private void OnLiveChanged()
    {
        if (live.Paused || !_hasMissedRefresh)
            return;
        _hasMissedRefresh = false;
        _ = CatchUpAsync();
    }

    private async Task CatchUpAsync()
    {
        try
        {
            await RefreshAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException && _closing.IsCancellationRequested)
        {
            // The circuit is gone.
        }
    }

    /// <summary>Asks what is open and what is new, until the database answers; then notifies.</summary>
    private async Task RefreshAsync()
    {
        await _refreshing.WaitAsync(_closing.Token);
        try
        {
            IReadOnlyList<AlertNotification>? fresh = null;
            while (fresh is null)
            {
                try
                {
                    CurrentCount = await alerts.CountCurrentAsync(_closing.Token);
                    fresh = await FreshAsync();
                }
                catch (Exception e) when (PageFailure.Is(e))
                {
                    LogAway(e.Message);
                    await Task.Delay(RetryDelay, time, _closing.Token);
                }
            }

            if (fresh.Count > 0)
                Notified?.Invoke(fresh);
            await Changed.InvokeAllAsync(logger);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private async Task<IReadOnlyList<AlertNotification>> FreshAsync()
    {
        if (_newest < 0)
        {
            _newest = await notifications.GetNewestAsync(_closing.Token);
            foreach (var known in await notifications.GetAsync(_newest - Overlap, _closing.Token))
                _notifiedIds.Add(known.Id);
            return [];
        }

        var fresh = (await notifications.GetAsync(_newest - Overlap, _closing.Token)).Where(n => _notifiedIds.Add(n.Id)).ToList();
        if (fresh.Count > 0)
            _newest = Math.Max(_newest, fresh[^1].Id);
        _notifiedIds.RemoveWhere(id => id <= _newest - Overlap);
        return fresh;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not read the open alerts ({Error}); retrying")]
    private partial void LogAway(string error);
}
