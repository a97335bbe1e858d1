using Microsoft.AspNetCore.Components;
using PerfDash.Core.Overview;
using PerfDash.Web.Charts;
using PerfDash.Web.Layout;
using PerfDash.Web.Live;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Features.Overview;

/// <summary>The whole farm at a glance.</summary>
public sealed partial class OverviewPage(
    OverviewPageData pageData, LiveFeed feed, NavigationManager navigation, TimeProvider time, ILogger<OverviewPage> logger) : IDisposable
{
    private readonly CancellationTokenSource _leaving = new();
    private CancellationTokenSource _loading = new();
    private OverviewData? _data;
    private OverviewCharts? _charts;
    private string? _error;
    private bool _unreadable;
    private (PageQuery Query, RankBy Rank)? _loaded;

    /// <summary>The time range of the header.</summary>
    [CascadingParameter]
    public required PageQuery Query { get; set; }

    /// <summary>What workflows are ranked by.</summary>
    [SupplyParameterFromQuery(Name = "rank_by")]
    public string? RankWord { get; set; }

    private RankBy Rank => OverviewRanking.Read(RankWord);

    /// <inheritdoc />
    public void Dispose()
    {
        feed.Refresh -= RefreshAsync;
        _leaving.Cancel();
        _leaving.Dispose();
        _loading.Dispose();
    }

    /// <inheritdoc />
    protected override void OnInitialized() => feed.Refresh += RefreshAsync;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (Query, Rank))
            return;
        _loaded = (Query, Rank);
        await LoadAsync();
    }

    private Task RefreshAsync() => InvokeAsync(async () =>
    {
        // A range that ended before now no longer changes.
        if (_data is { Range.To: var to } && !Query.IsMoving && to < time.GetUtcNow())
            return;
        await LoadAsync();
        StateHasChanged();
    });

    private async Task LoadAsync()
    {
        // A newer request replaces one that is still under way.
        await _loading.CancelAsync();
        _loading.Dispose();
        _loading = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        var mine = _loading.Token;

        var (range, errors) = Query.Read(time.GetUtcNow());
        _unreadable = errors.Count > 0;
        if (_unreadable)
        {
            _error = $"The address has no usable time range: {string.Join(" ", errors.Values.SelectMany(e => e))} Choose another in the header.";
            return;
        }

        try
        {
            var data = await pageData.LoadAsync(range, Rank, mine);
            _charts = OverviewCharts.Of(data);
            _data = data;
            _error = null;
        }
        catch (OperationCanceledException) when (mine.IsCancellationRequested)
        {
            // Replaced by a newer request, or the page was left.
        }
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            if (mine.IsCancellationRequested)
                return;
            LogFailed(e);
            _error = DatabaseFailure.Text;
        }
    }

    private void RankBy(RankBy rank) =>
        navigation.NavigateTo(navigation.GetUriWithQueryParameter("rank_by", rank == Core.Overview.RankBy.TimePerFrame ? null : OverviewRanking.Word(rank)));

    private void Zoom(ChartRange range) => navigation.NavigateTo(navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["from"] = range.From.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
        ["to"] = range.To.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
    }));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The overview could not be loaded")]
    private partial void LogFailed(Exception e);
}
