using Microsoft.AspNetCore.Components;
using PerfDash.Core.Overview;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Alerts.Thresholds;
using PerfDash.Web.Features.Comparison;

namespace PerfDash.Web.Features.Overview;

/// <summary>The whole farm at a glance.</summary>
public sealed partial class OverviewPage(OverviewPageData pageData, ThresholdLines thresholds) : DashboardComponent
{
    private OverviewSums? _sums;
    private OverviewData? _data;
    private OverviewCharts? _charts;
    private IReadOnlyList<ChartMarker> _markers = [];

    /// <summary>What workflows are ranked by.</summary>
    [SupplyParameterFromQuery(Name = "rank_by")]
    public string? RankWord { get; set; }

    protected override object? Choice => Rank;

    private RankBy Rank => OverviewRanking.Read(RankWord);

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var rank = Rank;
        var sums = await Loader.SharedAsync(pageData.LoadSumsAsync, filter, cancellationToken);
        if (_sums is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _sums = sums;
            StateHasChanged();
        }

        var data = await Loader.SharedAsync((pageData, sums, rank), static (r, _, filter, c) => r.pageData.LoadAsync(r.sums, filter, r.rank, c), filter, cancellationToken);
        var limits = await thresholds.ForAsync("time_per_frame_ms", null, filter.WorkerId, cancellationToken);
        var charts = OverviewCharts.From(data, Query.ComparesPrevious);
        _charts = charts with { TimePerFrame = charts.TimePerFrame with { Thresholds = limits, Markers = _markers } };
        (_data, _sums) = (data, sums);
    }

    private void ShowChanges(IReadOnlyList<WorkflowChange> changes)
    {
        _markers = ChangeMarkers.From(changes);
        if (_charts is { } charts)
            _charts = charts with { TimePerFrame = charts.TimePerFrame with { Markers = _markers } };
    }

    private void RankBy(RankBy rank) =>
        Address.Set("rank_by", rank == Core.Overview.RankBy.TimePerFrame ? null : OverviewRanking.Word(rank));
}
