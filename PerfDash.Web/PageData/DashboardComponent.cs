using Microsoft.AspNetCore.Components;
using PerfDash.Web.Charts;
using PerfDash.Web.Live;

namespace PerfDash.Web.PageData;

/// <summary>
/// A page, or a section of one, that shows figures of the header's range and filters: it loads them when the address changes, when jobs were
/// recorded and when names, prices or rules changed. Show its state with <see cref="PageState"/>.
/// </summary>
public abstract class DashboardComponent : ComponentBase, IDisposable
{
    private (PageQuery Query, object? Choice)? _loaded;
    private bool _hasMissedSettings;
    private PeriodicTimer? _timer;

    /// <summary>The range and the filters of the header.</summary>
    [CascadingParameter]
    public required PageQuery Query { get; set; }

    /// <summary>True while a section is not to load yet, so that its page's main figures come first.</summary>
    [Parameter]
    public bool Waits { get; set; }

    /// <summary>Loads the figures, and says what there is to show.</summary>
    public PageLoader Loader => field ??= new(LoadAsync, Shared, Time, Logs.CreateLogger(GetType()));

    /// <summary>What the component's own part of the address chooses, compared by value: another choice is another load.</summary>
    protected virtual object? Choice => null;

    /// <summary>False for what must not change because jobs complete, for example while somebody works on it.</summary>
    protected virtual bool IsLive => true;

    /// <summary>How old figures become before jobs recorded since are worth another load: zero but for what single jobs do not change.</summary>
    protected virtual TimeSpan LeastAge => TimeSpan.Zero;

    /// <summary>How often the page loads whatever its range and although no job was recorded; null where only jobs change what it shows.</summary>
    protected virtual TimeSpan? RefreshInterval => null;

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

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Loads now, whatever is under way: after a failure, and for what else than a job has changed.</summary>
    public Task LoadNowAsync() => Loader.LoadAsync(Query, bypassCache: true);

    /// <summary>Ends what is under way.</summary>
    protected virtual void Dispose(bool disposing)
    {
        Feed.Refresh -= RefreshAsync;
        Shared.Cleared -= OnSettingsChanged;
        _timer?.Dispose();
        Loader.Dispose();
    }

    /// <inheritdoc />
    protected override void OnInitialized()
    {
        Feed.Refresh += RefreshAsync;
        Shared.Cleared += OnSettingsChanged;
        if (RefreshInterval is { } interval)
            Run(() => RefreshEveryAsync(_timer = new PeriodicTimer(interval, Time)));
    }

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        // (Not ==, which would compare the boxed choice by reference.)
        if (Waits || Equals(_loaded, (Query, Choice)))
            return;
        _loaded = (Query, Choice);
        await Loader.LoadAsync(Query);
    }

    /// <summary>
    /// Asks for everything that is shown and keeps it only when all of it is there. Throws <see cref="PageAddressException"/>
    /// for an address that makes no sense; a database that does not answer is handled by the caller.
    /// </summary>
    protected abstract Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken);

    /// <summary>Takes over changed names, prices and rules where jobs that complete change nothing.</summary>
    protected virtual Task TakeSettingsAsync() => LoadNowAsync();

    /// <summary>Takes a range dragged on a chart into the address, so that going back undoes it.</summary>
    protected void Zoom(ChartRange range) => Address.Set(new Dictionary<string, object?>
    {
        ["from"] = range.From.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
        ["to"] = range.To.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
    });

    private Task RefreshAsync() => InvokeAsync(async () =>
    {
        // Replaced by an update, a load that takes longer than jobs are apart would never end. The feed waits too: a slow page is refreshed less often.
        await Loader.WaitAsync();
        if (_hasMissedSettings)
            await FollowSettingsAsync();
        else if (IsLive && !IsUpToDate() && CanLoad())
            await ShowAsync(Loader.LoadAsync(Query, since: Feed.Since));
    });

    // Of jobs long completed too, and a load under way began before.
    private void OnSettingsChanged() => Run(FollowSettingsAsync);

    private async Task RefreshEveryAsync(PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync())
            await RefreshAsync();
    }

    private void Run(Func<Task> work) => _ = InvokeAsync(async () =>
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (Loader.IsDisposed)
        {
            // The page was left.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    });

    private async Task FollowSettingsAsync()
    {
        _hasMissedSettings = !CanLoad();
        if (!_hasMissedSettings)
            await ShowAsync(IsLive ? Loader.LoadAsync(Query) : TakeSettingsAsync());
    }

    private bool IsUpToDate()
    {
        var now = Time.GetUtcNow();
        // A range that ended before now no longer changes.
        return RefreshInterval is null && (now - Loader.LoadedAt < LeastAge || (!Query.IsMoving && Loader.LoadedRange?.To < now));
    }

    // What is missed while the reader holds the page still, or its browser is disconnected, is shown afterwards.
    private bool CanLoad()
    {
        if (Feed.IsDisconnected)
            Feed.MarkSkipped();
        return !(Loader.IsDisposed || Waits || Feed.Paused || Feed.IsDisconnected);
    }

    private async Task ShowAsync(Task load)
    {
        await load;
        StateHasChanged();
    }
}
