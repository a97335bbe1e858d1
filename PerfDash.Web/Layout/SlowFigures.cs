using Microsoft.AspNetCore.Components;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Web.Live;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Layout;

/// <summary>
/// A part of a page whose figures take longer or matter less by the minute: loaded after the page has been drawn, and again
/// every <see cref="Interval"/> or when the address changes. What fails here says so here, and leaves the page alone.
/// </summary>
public abstract partial class SlowFigures : ComponentBase, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    // A little less, so that the next turn asks anew.
    private static readonly TimeSpan Kept = Interval - TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _leaving = new();
    private CancellationTokenSource _loading = new();
    private PageQuery? _loaded;
    private ITimer? _timer;

    /// <summary>The range and the filters of the header.</summary>
    [CascadingParameter]
    public required PageQuery Query { get; set; }

    /// <summary>True until what matters more has been loaded.</summary>
    [Parameter]
    public bool Waits { get; set; }

    /// <summary>Why the last load failed, in words; null when it did not.</summary>
    protected string? Error { get; private set; }

    [Inject]
    internal TimeProvider Time { get; set; } = null!;

    [Inject]
    internal SharedFigures Shared { get; set; } = null!;

    [Inject]
    internal ILoggerFactory Logs { get; set; } = null!;

    /// <inheritdoc />
    public void Dispose()
    {
        _timer?.Dispose();
        _leaving.Cancel();
        _loading.Dispose();
        _leaving.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Loads again after a failure.</summary>
    protected async Task LoadNowAsync()
    {
        var replaced = _loading;
        _loading = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        var mine = _loading.Token;
        await replaced.CancelAsync();
        replaced.Dispose();
        var (range, errors) = Query.Read(Time.GetUtcNow());
        if (errors.Count > 0)
            return;
        try
        {
            await LoadAsync(range, Query.Filter, mine);
            Error = null;
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
            LogFailed(Logs.CreateLogger(GetType()), e);
            Error = DatabaseFailure.Text;
        }

        StateHasChanged();
    }

    /// <summary>What other pages with the same range and filters were given since the last turn, or else loaded for all of them.</summary>
    /// <param name="subject">What besides range, filters and the type of the figures decides them; null for nothing.</param>
    /// <param name="load">Asks for it. It may outlive this page, as long as another waits.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    protected async Task<T> SharedAsync<T>(object? subject, Func<CancellationToken, Task<T>> load, CancellationToken cancellationToken)
    {
        var soonest = Time.GetUtcNow() - Kept;
        var figures = await Shared.GetAsync((Query.Question with { ComparesPrevious = true }, subject), kept => kept.At > soonest, load, cancellationToken);
        return figures.Value;
    }

    /// <summary>Asks for the figures and keeps them.</summary>
    protected abstract Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken);

    /// <inheritdoc />
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
            _timer = Time.CreateTimer(_ => _ = InvokeAsync(LoadNowAsync), null, Interval, Interval);
        if (Waits || Equals(_loaded, Query))
            return;
        _loaded = Query;
        await LoadNowAsync();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not load a part of a page")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
