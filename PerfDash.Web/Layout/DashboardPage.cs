using System.Globalization;
using Microsoft.AspNetCore.Components;
using PerfDash.Web.Charts;
using PerfDash.Web.Live;

namespace PerfDash.Web.Layout;

/// <summary>
/// A page that shows figures of the header's range and filters: it loads them when the address changes and when jobs were
/// recorded, lets a newer request replace one under way, and keeps the last figures when a load fails. Queries that several
/// pages ask run once for all of them (<see cref="SharedAsync{TRequest, T}"/>). Show its state with <see cref="PageState"/>.
/// </summary>
public abstract class DashboardPage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _leaving = new();
    private CancellationTokenSource _loading = new();
    private (PageQuery Query, object? Choice)? _loaded;
    private PageQuery? _shown;
    private TimeRange _range;
    private DateTimeOffset? _oldest;
    private bool _bypassesCache;
    private DateTimeOffset? _since;
    private DateTimeOffset? _refreshedSince;
    private Task _currentLoad = Task.CompletedTask;

    /// <summary>The range and the filters of the header.</summary>
    [CascadingParameter]
    public required PageQuery Query { get; set; }

    /// <summary>True while a section is not to load yet, so that its page's main figures come first.</summary>
    [Parameter]
    public bool Waits { get; set; }

    /// <summary>When the figures on the page were asked for; null before the first.</summary>
    public DateTimeOffset? LoadedAt { get; private set; }

    /// <summary>Why the last load failed, in words; null when it did not.</summary>
    public string? Error { get; private set; }

    /// <summary>True when the address itself cannot be read, which another try would not mend.</summary>
    public bool IsUnreadable { get; private set; }

    /// <summary>True before the first figures, and without an error: the moment for placeholders.</summary>
    public bool IsWaiting => LoadedAt is null && Error is null;

    /// <summary>The range of what is shown, where a failure kept the page from showing the one of the header; else null.</summary>
    public string? OtherRange => Error is null || _shown is null || _shown.CacheKey == Query.CacheKey ? null : _shown.Label(Time.GetUtcNow());

    /// <summary>True when there are figures of the header's range and filters.</summary>
    public bool HasFigures => LoadedAt is not null && OtherRange is null;

    /// <summary><see cref="LoadedAt"/> as people read it, with the day where it is not today's; null before the first.</summary>
    public string? LoadedText => LoadedAt?.UtcDateTime is not { } at ? null
        : at.ToString(at.Date == Time.GetUtcNow().UtcDateTime.Date ? "HH:mm:ss 'UTC'" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The range that was loaded last; null before.</summary>
    protected TimeRange? LoadedRange { get; private set; }

    /// <summary>What the page's own part of the address chooses, compared by value: another choice is another load.</summary>
    protected virtual object? Choice => null;

    /// <summary>False for a page that must not change while somebody works on it.</summary>
    protected virtual bool IsLive => true;

    /// <summary>How old figures become before jobs recorded since are worth another load: zero but for what single jobs do not change.</summary>
    protected virtual TimeSpan LeastAge => TimeSpan.Zero;

    [Inject]
    internal LiveFeed Feed { get; set; } = null!;

    [Inject]
    internal SharedQueryCache Shared { get; set; } = null!;

    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    [Inject]
    internal PageAddress Address { get; set; } = null!;

    [Inject]
    internal TimeProvider Time { get; set; } = null!;

    [Inject]
    internal ILoggerFactory Logs { get; set; } = null!;

    /// <summary>Loads again after a failure.</summary>
    public Task RetryAsync() => LoadNowAsync();

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
        Shared.Cleared -= OnCleared;
        _leaving.Cancel();
        _loading.Dispose();
        _leaving.Dispose();
    }

    /// <inheritdoc />
    protected override void OnInitialized()
    {
        Feed.Refresh += RefreshAsync;
        Shared.Cleared += OnCleared;
    }

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        // (Not ==, which would compare the boxed choice by reference.)
        if (Waits || Equals(_loaded, (Query, Choice)))
            return;
        _loaded = (Query, Choice);
        await LoadNowAsync(bypassCache: false);
    }

    /// <summary>
    /// Asks for everything the page shows and keeps it only when all of it is there. Throws <see cref="PageAddressException"/>
    /// for an address that makes no sense; a database that does not answer is handled by the caller.
    /// </summary>
    protected abstract Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken);

    /// <summary>Loads now, whatever is under way: for what else than a job has changed.</summary>
    protected Task LoadNowAsync() => LoadNowAsync(bypassCache: true);

    /// <summary>The result of a query that runs once for all pages with the header's range.</summary>
    /// <param name="query">A method of a service.</param>
    /// <param name="filter">Which metrics count.</param>
    /// <param name="cancellationToken">Stops waiting. The query may outlive this page, as long as another waits.</param>
    protected Task<T> SharedAsync<T>(Func<TimeRange, MetricFilter, CancellationToken, Task<T>> query, MetricFilter filter, CancellationToken cancellationToken) =>
        SharedAsync(query, static (query, range, filter, c) => query(range, filter, c), filter, cancellationToken);

    /// <summary>The result of a query that runs once for all pages with the same request and the header's range.</summary>
    /// <param name="request">All that the query may use besides range and filter, compared by value: services too.</param>
    /// <param name="query">A static lambda or a method of a service: what it captured would not be part of the request.</param>
    /// <param name="filter">Which metrics count.</param>
    /// <param name="cancellationToken">Stops waiting. The query may outlive this page, as long as another waits.</param>
    protected async Task<T> SharedAsync<TRequest, T>(
        TRequest request, Func<TRequest, TimeRange, MetricFilter, CancellationToken, Task<T>> query, MetricFilter filter, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // (A lambda with other captured variables is another one at each call, and shared with nobody.)
        if (query.Target is IComponent)
            throw new ArgumentException("A shared query must not use its page: put what it needs into the request.", nameof(query));
        var range = _range;
        var result = await Shared.GetAsync(((Query with { Filter = filter }).CacheKey, query, request), c => query(request, range, filter, c), cancellationToken, _bypassesCache, _since);
        if (_oldest is null || result.At < _oldest)
            _oldest = result.At;
        return result.Value;
    }

    private Task LoadNowAsync(bool bypassCache) => _currentLoad = LoadOnceAsync(bypassCache);

    private async Task LoadOnceAsync(bool bypassCache)
    {
        // Taken over before anything is awaited: two calls must not both believe to be the newest.
        var replaced = _loading;
        _loading = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        var mine = _loading.Token;
        await replaced.CancelAsync();
        replaced.Dispose();

        var now = Time.GetUtcNow();
        var asked = Query;
        var (range, errors) = asked.Read(now);
        IsUnreadable = errors.Count > 0;
        if (IsUnreadable)
        {
            Error = $"The time range in the address is not valid: {string.Join(" ", errors.Values.SelectMany(e => e))} Choose another time range.";
            return;
        }

        (_range, _bypassesCache, _oldest, _since, _refreshedSince) = (range, bypassCache, null, _refreshedSince, null);
        try
        {
            await LoadAsync(range, asked.Filter, mine);
            if (mine.IsCancellationRequested)
                return;
            (LoadedRange, LoadedAt, Error, _shown) = (range, _oldest ?? now, null, asked);
        }
        catch (OperationCanceledException) when (mine.IsCancellationRequested)
        {
            // Replaced by a newer request, or the page was left.
        }
        catch (PageAddressException e)
        {
            (IsUnreadable, Error) = (true, e.Message);
        }
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            if (mine.IsCancellationRequested)
                return;
            Error = DatabaseFailure.Report(e, Logs.CreateLogger(GetType()));
        }
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
        // Replaced by an update, a load that takes longer than jobs are apart would never end. The feed waits too: a slow page is refreshed less often.
        while (!_currentLoad.IsCompleted)
            await _currentLoad.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        // A range that ended before now no longer changes.
        // What is missed while the reader holds the page still is shown when it is let go on.
        if (_leaving.IsCancellationRequested || Waits || !IsLive || Feed.Paused || Time.GetUtcNow() - LoadedAt < LeastAge || (LoadedRange is { To: var to } && !Query.IsMoving && to < Time.GetUtcNow()))
            return;
        if (Feed.IsDisconnected)
        {
            Feed.MarkSkipped();
            return;
        }

        _refreshedSince = Feed.Since;
        await LoadAndShowAsync();
    }

    // Names, prices or limits changed: of jobs long completed too, and a load under way began before.
    private void OnCleared() => _ = InvokeAsync(async () =>
    {
        if (_leaving.IsCancellationRequested || Waits || !IsLive || Feed.Paused)
            return;
        if (Feed.IsDisconnected)
            Feed.MarkSkipped();
        else
            await GuardAsync(LoadAndShowAsync);
    });

    private async Task GuardAsync(Func<Task> act)
    {
        try
        {
            await act();
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
        await LoadNowAsync(bypassCache: false);
        StateHasChanged();
    }
}

/// <summary>An address that makes no sense; the message says what to do.</summary>
public sealed class PageAddressException(string message) : Exception(message);
