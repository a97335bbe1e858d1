using Microsoft.AspNetCore.Components;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Web.Layout;

namespace PerfDash.Web.Features.Overview;

/// <summary>The whole farm at a glance.</summary>
public sealed partial class OverviewPage(OverviewPageData pageData) : DashboardPage
{
    private OverviewData? _data;
    private OverviewCharts? _charts;

    /// <summary>What workflows are ranked by.</summary>
    [SupplyParameterFromQuery(Name = "rank_by")]
    public string? RankWord { get; set; }

    /// <inheritdoc />
    protected override object? Choice => Rank;

    private RankBy Rank => OverviewRanking.Read(RankWord);

    /// <inheritdoc />
    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var data = await pageData.LoadAsync(range, filter, Rank, cancellationToken);
        _charts = OverviewCharts.Of(data, Query.ComparesPrevious);
        _data = data;
    }

    private void RankBy(RankBy rank) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("rank_by", rank == Core.Overview.RankBy.TimePerFrame ? null : OverviewRanking.Word(rank)));
}
