using PerfDash.Core.Messaging;

namespace PerfDash.Web.Live;

/// <summary>
/// One circuit's share of the live updates: refreshes at the moments of <see cref="RefreshClock"/>, none while paused. Pages subscribe to
/// <see cref="Refresh"/>; the mark in the header shows <see cref="Paused"/> and <see cref="Missed"/>.
/// </summary>
public sealed class LiveFeed(LiveUpdates updates, RefreshClock clock, TimeProvider time, ILogger<LiveFeed> logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private Task? _loop;
    private long _seen;
    private LiveState? _shown;

    /// <summary>From when on a query must have started to be shown by the latest refresh.</summary>
    public DateTimeOffset Since { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Raised when what pages show may be out of date. Awaited: a slow page is refreshed less often.</summary>
    public event Func<Task>? Refresh;

    /// <summary>Raised when <see cref="Paused"/> or <see cref="Missed"/> changed.</summary>
    public event Action? Changed;

    /// <summary>True while the reader holds the page still.</summary>
    public bool Paused { get; private set; }

    /// <summary>True while the browser is not connected: nobody sees what is loaded for it.</summary>
    public bool IsDisconnected { get; private set; }

    /// <summary>True when a refresh was skipped because the browser is disconnected.</summary>
    public bool HasMissedRefresh { get; private set; }

    /// <summary>Jobs recorded since the pause.</summary>
    public long Missed { get; private set; }

    public void Start() => _loop ??= RunAsync();

    /// <summary>Marks a refresh that was skipped because the browser is disconnected; it is made up for on reconnection.</summary>
    public void MarkSkipped() => HasMissedRefresh = true;

    /// <summary>Nothing is loaded while the browser is disconnected; on reconnection a skipped refresh is made up for.</summary>
    public void SetConnected(bool connected)
    {
        IsDisconnected = !connected;
        if (!connected || !HasMissedRefresh || Paused)
            return;
        HasMissedRefresh = false;
        // (Not awaited: what fails is logged, and the connection has more to do.)
        _ = RaiseAsync(time.GetUtcNow());
    }

    /// <summary>Holds the page still, or lets it go on, which refreshes it at once.</summary>
    public async Task SetPausedAsync(bool paused)
    {
        Paused = paused;
        _shown = updates.Current;
        _seen = _shown.Recorded;
        Missed = 0;
        Changed?.Invoke();
        if (!paused)
            await RaiseAsync(time.GetUtcNow());
    }

    /// <summary>Refreshes the page at once, whether held still or not.</summary>
    public Task RefreshNowAsync() => RaiseAsync(time.GetUtcNow());

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
            return;
        await _closing.CancelAsync();
        if (_loop is not null)
            await _loop;
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        using var subscription = updates.Subscribe();
        try
        {
            await foreach (var state in subscription.ReadAllAsync(_closing.Token))
            {
                var at = state.At ?? DateTimeOffset.MinValue;
                // The refresh before began after it.
                if (at < Since && !Paused)
                    continue;
                var since = await clock.WaitAsync(at, _closing.Token);
                if (Paused)
                {
                    Missed = Math.Max(0, updates.Current.Recorded - _seen);
                    Changed?.Invoke();
                }
                else if (IsDisconnected)
                {
                    MarkSkipped();
                }
                else if (!ReferenceEquals(state, _shown))
                {
                    // (What the page showed when it was let go on is not shown again.)
                    await RaiseAsync(since);
                }
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The circuit is gone.
        }
    }

    private async Task RaiseAsync(DateTimeOffset since)
    {
        Since = since;
        await Refresh.InvokeAllAsync(logger);
    }
}
