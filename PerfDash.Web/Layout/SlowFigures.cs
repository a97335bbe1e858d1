using Microsoft.AspNetCore.Components;
using PerfDash.Core;
using PerfDash.Core.Live;
using PerfDash.Core.Metrics;
using PerfDash.Web.Live;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Layout;

/// <summary>
/// A part of a page whose figures take longer or matter less by the minute: loaded after the page has been drawn, and again
/// every <see cref="Interval"/> or when the address changes. What fails here says so here, and leaves the page alone.
/// </summary>
public abstract class SlowFigures : ComponentBase, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _leaving = new();
    private CancellationTokenSource _loading = new();
    private PageQuery? _loaded;
    private PageQuery? _shown;
    private ITimer? _timer;

    /// <summary>The range and the filters of the header.</summary>
    [CascadingParameter]
    public required PageQuery Query { get; set; }

    /// <summary>True until what matters more has been loaded.</summary>
    [Parameter]
    public bool Waits { get; set; }

    /// <summary>Why the last load failed, in words; null when it did not.</summary>
    protected string? Error { get; private set; }

    /// <summary>True when there are figures to show: after a failure only those of the header's range and filters.</summary>
    protected bool HasFigures => _shown is not null && (Error is null || _shown == Query);

    [Inject]
    internal TimeProvider Time { get; set; } = null!;

    [Inject]
    internal SharedQueryCache Shared { get; set; } = null!;

    [Inject]
    internal LiveUpdates Updates { get; set; } = null!;

    [Inject]
    internal ILoggerFactory Logs { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        Shared.Cleared -= LoadAgain;
        _timer?.Dispose();
        _leaving.Cancel();
        _loading.Dispose();
        _leaving.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    protected override void OnInitialized() => Shared.Cleared += LoadAgain;

    /// <summary>Loads again, now.</summary>
    protected async Task LoadNowAsync()
    {
        if (_leaving.IsCancellationRequested)
            return;
        var replaced = _loading;
        _loading = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        var mine = _loading.Token;
        await replaced.CancelAsync();
        replaced.Dispose();
        var asked = Query;
        var (range, errors) = asked.Read(Time.GetUtcNow());
        if (errors.Count > 0)
            return;
        try
        {
            await LoadAsync(range, asked.Filter, mine);
            if (mine.IsCancellationRequested)
                return;
            (Error, _shown) = (null, asked);
        }
        catch (OperationCanceledException) when (mine.IsCancellationRequested)
        {
            // Replaced by a newer request, or the page was left.
            return;
        }
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            if (mine.IsCancellationRequested)
                return;
            Error = DatabaseFailure.Report(e, Logs.CreateLogger(GetType()));
        }

        StateHasChanged();
    }

    /// <summary>The result of a query that runs once for all pages with the same range and filters.</summary>
    /// <param name="subject">What besides range, filters and the type of the result decides it; null for nothing.</param>
    /// <param name="load">Runs the query. It may outlive this page, as long as another waits.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    protected async Task<T> SharedAsync<T>(object? subject, Func<CancellationToken, Task<T>> load, CancellationToken cancellationToken)
    {
        var result = await Shared.GetAsync(
            (Query.Question with { ComparesPrevious = true }, subject), kept => ReferenceEquals(kept.Version, Updates.Current), load, cancellationToken);
        return result.Value;
    }

    /// <summary>Asks for the figures and keeps them.</summary>
    protected abstract Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken);

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
            _timer = Time.CreateTimer(_ => LoadAgain(), null, Interval, Interval);
        if (Waits || Equals(_loaded, Query))
            return;
        _loaded = Query;
        await LoadNowAsync();
    }

    private void LoadAgain() => _ = InvokeAsync(async () =>
    {
        try
        {
            if (_loaded is not null)
                await LoadNowAsync();
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    });
}
