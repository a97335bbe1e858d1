using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace PerfDash.Web.PageData;

/// <summary>What there is to show of figures.</summary>
public enum LoadState
{
    /// <summary>Nothing yet: the moment for placeholders.</summary>
    Loading,

    /// <summary>The figures that were asked for.</summary>
    Shown,

    /// <summary>The latest load failed; the figures of an earlier one stay.</summary>
    Failed,

    /// <summary>Figures or a failure, until the load under way ends.</summary>
    Refreshing,
}

/// <summary>
/// Loads figures of the header's range and filters: a newer load replaces one under way, and the last figures stay when one fails. Queries that
/// others ask too run once for all of them.
/// </summary>
/// <param name="load">Asks for everything that is shown, and throws <see cref="PageAddressException"/> for an address that makes no sense.</param>
/// <param name="cache">What is shared with others.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Takes failures of the database.</param>
public sealed class PageLoader(Func<TimeRange, MetricFilter, CancellationToken, Task> load, SharedQueryCache cache, TimeProvider time, ILogger logger) : IDisposable
{
    private CancellationTokenSource _loading = new();
    private Task _task = Task.CompletedTask;
    private Request? _request;
    private PageQuery? _shown;

    /// <summary>What there is to show.</summary>
    public LoadState State { get; private set; }

    /// <summary>When the figures shown were asked for; null before the first.</summary>
    public DateTimeOffset? LoadedAt { get; private set; }

    /// <summary>The range of the figures shown; null before the first.</summary>
    public TimeRange? LoadedRange { get; private set; }

    /// <summary>Why the last load failed, in words; null when it did not.</summary>
    public string? Error { get; private set; }

    /// <summary>True when the address itself cannot be read, which another try would not mend.</summary>
    public bool IsUnreadable { get; private set; }

    /// <summary>True when nothing is loaded any more.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>The range of what is shown, where a failure kept the one that was asked for from being shown; else null.</summary>
    public string? OtherRange => Error is null || _shown is null || _shown.CacheKey == _request?.Query.CacheKey ? null : _shown.Label(time.GetUtcNow());

    /// <summary>True when there are figures of the range and filters that were asked for.</summary>
    public bool HasFigures => LoadedAt is not null && OtherRange is null;

    /// <summary><see cref="LoadedAt"/> as people read it, with the day where it is not today's; null before the first.</summary>
    public string? LoadedText => LoadedAt?.UtcDateTime is not { } at ? null
        : at.ToString(at.Date == time.GetUtcNow().UtcDateTime.Date ? "HH:mm:ss 'UTC'" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Loads now, whatever is under way.</summary>
    /// <param name="query">Range and filters.</param>
    /// <param name="bypassCache">True to take nothing that others asked for: something else than a job has changed.</param>
    /// <param name="since">A shared query that began from this moment on will do although a job was recorded meanwhile; null: none will.</param>
    public Task LoadAsync(PageQuery query, bool bypassCache = false, DateTimeOffset? since = null) =>
        IsDisposed ? Task.CompletedTask : _task = ReplaceAsync(query, bypassCache, since);

    /// <summary>Waits until no load is under way, however the last one ended.</summary>
    public async Task WaitAsync()
    {
        while (!_task.IsCompleted)
            await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>The result of a query that runs once for all who ask it of the same range.</summary>
    /// <param name="query">A method of a service.</param>
    /// <param name="filter">Which metrics count.</param>
    /// <param name="cancellationToken">Stops waiting. The query may outlive this load, as long as another waits.</param>
    public Task<T> SharedAsync<T>(Func<TimeRange, MetricFilter, CancellationToken, Task<T>> query, MetricFilter filter, CancellationToken cancellationToken) =>
        SharedAsync(query, static (query, range, filter, c) => query(range, filter, c), filter, cancellationToken);

    /// <summary>The result of a query that runs once for all who ask the same request of the same range.</summary>
    /// <param name="request">All that the query may use besides range and filter, compared by value: services too.</param>
    /// <param name="query">A static lambda or a method of a service: what it captured would not be part of the request.</param>
    /// <param name="filter">Which metrics count.</param>
    /// <param name="cancellationToken">Stops waiting. The query may outlive this load, as long as another waits.</param>
    public async Task<T> SharedAsync<TRequest, T>(
        TRequest request, Func<TRequest, TimeRange, MetricFilter, CancellationToken, Task<T>> query, MetricFilter filter, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // (A lambda with other captured variables is another one at each call, and shared with nobody.)
        if (query.Target is IComponent)
            throw new ArgumentException("A shared query must not use its page: put what it needs into the request.", nameof(query));
        var mine = _request!;
        var key = ((mine.Query with { Filter = filter }).CacheKey, query, request);
        var result = await cache.GetAsync(key, c => query(request, mine.Range, filter, c), cancellationToken, mine.BypassesCache, mine.Since);
        mine.Oldest = mine.Oldest < result.At ? mine.Oldest : result.At;
        return result.Value;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        _loading.Cancel();
        _loading.Dispose();
    }

    private async Task ReplaceAsync(PageQuery query, bool bypassCache, DateTimeOffset? since)
    {
        // Taken over before anything is awaited: two calls must not both believe to be the newest.
        var replaced = _loading;
        _loading = new CancellationTokenSource();
        var mine = _loading.Token;
        var now = time.GetUtcNow();
        var (range, errors) = query.Read(now);
        var request = _request = new Request(query, range, bypassCache, since);
        (State, IsUnreadable) = (State == LoadState.Loading ? LoadState.Loading : LoadState.Refreshing, false);
        await replaced.CancelAsync();
        replaced.Dispose();
        try
        {
            if (errors.Count > 0)
                throw new PageAddressException($"The time range in the address is not valid: {string.Join(" ", errors.Values.SelectMany(e => e))} Choose another time range.");
            await load(range, query.Filter, mine);
            if (!mine.IsCancellationRequested)
                (State, LoadedRange, LoadedAt, Error, _shown) = (LoadState.Shown, range, request.Oldest ?? now, null, query);
        }
        catch (Exception e) when (mine.IsCancellationRequested && (e is OperationCanceledException or PageAddressException || PageFailure.Is(e)))
        {
            // Replaced by a newer load, or the page was left.
        }
        catch (PageAddressException e)
        {
            (State, IsUnreadable, Error) = (LoadState.Failed, true, e.Message);
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            (State, Error) = (LoadState.Failed, PageFailure.Report(e, logger));
        }
    }

    private sealed record Request(PageQuery Query, TimeRange Range, bool BypassesCache, DateTimeOffset? Since)
    {
        /// <summary>When the oldest shared figures of this load were asked for.</summary>
        public DateTimeOffset? Oldest { get; set; }
    }
}

/// <summary>An address that makes no sense; the message says what to do.</summary>
public sealed class PageAddressException(string message) : Exception(message);
