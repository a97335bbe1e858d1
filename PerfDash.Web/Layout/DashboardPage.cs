using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Components;
using PerfDash.Core;
using PerfDash.Core.Live;
using PerfDash.Core.Metrics;
using PerfDash.Web.Charts;
using PerfDash.Web.Live;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Layout;

/// <summary>
/// A page that shows figures of the header's range and filters: it loads them when the address changes and when jobs were
/// recorded, lets a newer request replace one under way, and keeps the last figures when a load fails. Figures that cost
/// something it shares with other pages (<see cref="SharedAsync"/>): what an open page still shows, a page that is opened
/// shows at once. Show its state with <see cref="PageState"/>.
/// </summary>
public abstract partial class DashboardPage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Drawing = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _leaving = new();
    private CancellationTokenSource _loading = new();
    private LoadTurn _turn = new(Wanted.Kept, DateTimeOffset.MinValue, null);
    private (PageQuery Query, object? Choice)? _loaded;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;
    private bool _isDeferred;
    private bool _isLoading;
    private bool _isMissed;

    /// <summary>The range and the filters of the header.</summary>
    [CascadingParameter]
    public required PageQuery Query { get; set; }

    /// <summary>When the figures on the page were asked for; null before the first.</summary>
    public DateTimeOffset? LoadedAt { get; private set; }

    /// <summary>Why the last load failed, in words; null when it did not.</summary>
    public string? Error { get; private set; }

    /// <summary>True when the address itself cannot be read, which another try would not mend.</summary>
    public bool IsUnreadable { get; private set; }

    /// <summary>True before the first figures, and without an error: the moment for placeholders.</summary>
    public bool IsWaiting => LoadedAt is null && Error is null;

    /// <summary>True while old figures are shown because newer ones take their time.</summary>
    public bool IsUpdating { get; private set; }

    /// <summary><see cref="LoadedAt"/> as people read it, with the day where it is not today's; null before the first.</summary>
    public string? LoadedText => LoadedAt?.UtcDateTime is not { } at ? null
        : at.ToString(at.Date == Time.GetUtcNow().UtcDateTime.Date ? "HH:mm:ss 'UTC'" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The range that was loaded last; null before.</summary>
    protected TimeRange? LoadedRange { get; private set; }

    /// <summary>What the page's own part of the address chooses, compared by value: another choice is another load.</summary>
    protected virtual object? Choice => null;

    /// <summary>False for a page that must not change while somebody works on it.</summary>
    protected virtual bool IsLive => true;

    [Inject]
    internal LiveFeed Feed { get; set; } = null!;

    [Inject]
    internal SharedFigures Shared { get; set; } = null!;

    [Inject]
    internal LiveUpdates Updates { get; set; } = null!;

    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    [Inject]
    internal PageAddress Address { get; set; } = null!;

    [Inject]
    internal TimeProvider Time { get; set; } = null!;

    [Inject]
    internal ILoggerFactory Logs { get; set; } = null!;

    /// <summary>Loads again after a failure.</summary>
    public Task RetryAsync() => LoadNowAsync(Wanted.Anew);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what is under way.</summary>
    protected virtual void Dispose(bool disposing)
    {
        Feed.Refresh -= RefreshAsync;
        _leaving.Cancel();
        _loading.Dispose();
        _leaving.Dispose();
    }

    /// <inheritdoc />
    protected override void OnInitialized() => Feed.Refresh += RefreshAsync;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        // (Not ==, which would compare the boxed choice by reference.)
        if (Equals(_loaded, (Query, Choice)))
            return;
        _loaded = (Query, Choice);
        await LoadNowAsync(Wanted.Kept);
    }

    /// <summary>
    /// Asks for everything the page shows and keeps it only when all of it is there. Throws <see cref="PageAddressException"/>
    /// for an address that makes no sense; a database that does not answer is handled by the caller.
    /// </summary>
    protected abstract Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken);

    /// <summary>Loads now and anew, whatever is under way: for what else than a job has changed.</summary>
    protected Task LoadNowAsync() => LoadNowAsync(Wanted.Anew);

    /// <summary>Figures that pages with the same range and filters share, or else asks for them.</summary>
    /// <param name="part">What besides range, filters and the type of the figures decides them, compared by value; null for nothing.</param>
    /// <param name="load">Asks for them. It may outlive this page, as long as another waits.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    protected async Task<T> SharedAsync<T>(object? part, Func<CancellationToken, Task<T>> load, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var turn = _turn;
        var figures = await Shared.GetAsync((Query.Question, part), kept => turn.Accepts(kept, Updates.Current), load, cancellationToken);
        turn.Note(figures);
        return figures.Value;
    }

    /// <summary>True when <see cref="SharedAsync"/> would answer at once: nothing needs to be shown meanwhile.</summary>
    protected bool HasShared<T>(object? part) => Shared.Has<T>((Query.Question, part), kept => _turn.Accepts(kept, Updates.Current));

    private async Task LoadNowAsync(Wanted wanted)
    {
        // Taken over before anything is awaited: two calls must not both believe to be the newest.
        var replaced = _loading;
        _loading = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        var mine = _loading.Token;
        await replaced.CancelAsync();
        replaced.Dispose();

        var now = Time.GetUtcNow();
        var (range, errors) = Query.Read(now);
        IsUnreadable = errors.Count > 0;
        if (IsUnreadable)
        {
            (_isLoading, IsUpdating) = (false, false);
            Error = $"The time range in the address is not valid: {string.Join(" ", errors.Values.SelectMany(e => e))} Choose another time range.";
            return;
        }

        var started = Stopwatch.GetTimestamp();
        var turn = _turn = new LoadTurn(wanted, now, LoadedAt);
        _isLoading = true;
        try
        {
            await LoadAsync(range, Query.Filter, mine);
            if (mine.IsCancellationRequested)
                return;
            (LoadedRange, LoadedAt, Error, IsUpdating) = (range, turn.At, null, turn.IsOld);
        }
        catch (OperationCanceledException) when (mine.IsCancellationRequested)
        {
            // Replaced by a newer request, or the page was left.
        }
        catch (PageAddressException e)
        {
            (IsUnreadable, Error, IsUpdating) = (true, e.Message, false);
        }
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            if (mine.IsCancellationRequested)
                return;
            LogFailed(Logs.CreateLogger(GetType()), e);
            (Error, IsUpdating) = (DatabaseFailure.Text, false);
        }
        finally
        {
            // (A newer load goes on.)
            if (!mine.IsCancellationRequested)
                _isLoading = false;
        }

        if (_isLoading || mine.IsCancellationRequested)
            return;
        _notBefore = turn.NotBefore(Time.GetUtcNow(), Stopwatch.GetElapsedTime(started));
        if (IsUpdating)
            await LoadAgainAsync(mine);
        else if (_isMissed || (Error is null && turn.Misses(Updates.Current)))
        {
            _isMissed = false;
            await RefreshNowAsync();
        }
    }

    // Shows the old figures, and gives the browser time to draw them before the database takes the cores for newer ones.
    private async Task LoadAgainAsync(CancellationToken replaced)
    {
        _isLoading = true;
        StateHasChanged();
        try
        {
            await Task.Delay(Drawing, Time, replaced);
        }
        catch (OperationCanceledException) when (replaced.IsCancellationRequested)
        {
            return;
        }

        // What was recorded so far is among what comes now.
        _isMissed = false;
        await LoadNowAsync(Wanted.Newest);
    }

    /// <summary>Takes a range dragged on a chart into the address, so that going back undoes it.</summary>
    protected void Zoom(ChartRange range) => Address.Set(new Dictionary<string, object?>
    {
        ["from"] = range.From.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
        ["to"] = range.To.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
    });

    private Task RefreshAsync() => InvokeAsync(RefreshNowAsync);

    private async Task RefreshNowAsync()
    {
        // A range that ended before now no longer changes.
        // What is missed while the reader holds the page still is shown when it is let go on.
        if (!IsLive || _isDeferred || Feed.Paused || (LoadedRange is { To: var to } && !Query.IsMoving && to < Time.GetUtcNow()))
            return;
        if (Feed.IsAway)
            Feed.LeaveOut();
        else if (_isLoading)
            // Replaced by an update, a load that takes longer than jobs are apart would never end.
            _isMissed = true;
        else if (_notBefore - Time.GetUtcNow() is { Ticks: > 0 } early)
            _ = DeferAsync(early);
        else
            await LoadAndShowAsync();
    }

    // Not awaited by the feed, which has others to tell.
    private async Task DeferAsync(TimeSpan early)
    {
        _isDeferred = true;
        try
        {
            await Task.Delay(early, Time, _leaving.Token);
            _isDeferred = false;
            if (Feed.IsAway)
                Feed.LeaveOut();
            else if (!Feed.Paused)
                await LoadAndShowAsync();
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            // The page was left.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    private async Task LoadAndShowAsync()
    {
        await LoadNowAsync(Wanted.Newest);
        StateHasChanged();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not load a page")]
    private static partial void LogFailed(ILogger logger, Exception e);
}

/// <summary>An address that makes no sense; the message tells the reader what to do.</summary>
public sealed class PageAddressException(string message) : Exception(message);
