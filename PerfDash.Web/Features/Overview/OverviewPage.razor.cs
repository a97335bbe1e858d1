using Microsoft.AspNetCore.Components;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Alerts;
using PerfDash.Web.Features.Comparison;
using PerfDash.Web.Layout;

namespace PerfDash.Web.Features.Overview;

/// <summary>The whole farm at a glance.</summary>
public sealed partial class OverviewPage(OverviewPageData pageData, ThresholdLines thresholds) : DashboardPage
{
    private OverviewData? _data;
    private OverviewCharts? _charts;
    private IReadOnlyList<ChartMarker> _markers = [];
    private (PageQuery Query, RankBy Rank)? _shown;

    /// <summary>What workflows are ranked by.</summary>
    [SupplyParameterFromQuery(Name = "rank_by")]
    public string? RankWord { get; set; }

    /// <inheritdoc />
    protected override object? Choice => Rank;

    /// <inheritdoc />
    protected override DateTimeOffset NotBefore => LoadedRange is { } range && Query.Preset is not null && pageData.NotBefore(range, Query.Filter, Rank) is var shared && shared > base.NotBefore
        ? shared
        : base.NotBefore;

    private RankBy Rank => OverviewRanking.Read(RankWord);

    /// <inheritdoc />
    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        // What is shown already is updated together with other pages.
        var data = Query.Preset is not null && LoadedRange is not null && Error is null && _shown == (Query, Rank)
            ? await pageData.UpdateAsync(range, filter, Rank, LiveShare, cancellationToken)
            : await pageData.LoadAsync(range, filter, Rank, cancellationToken);
        var limits = await thresholds.ForAsync("time_per_frame_ms", null, filter.WorkerId, cancellationToken);
        var charts = OverviewCharts.Of(data, Query.ComparesPrevious);
        _charts = charts with { TimePerFrame = charts.TimePerFrame with { Thresholds = limits, Markers = _markers } };
        (_data, _shown) = (data, (Query, Rank));
    }

    private void ShowChanges(IReadOnlyList<WorkflowChange> changes)
    {
        _markers = ChangeMarkers.Of(changes);
        if (_charts is { } charts)
            _charts = charts with { TimePerFrame = charts.TimePerFrame with { Markers = _markers } };
    }

    private void RankBy(RankBy rank) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("rank_by", rank == Core.Overview.RankBy.TimePerFrame ? null : OverviewRanking.Word(rank)));
}
