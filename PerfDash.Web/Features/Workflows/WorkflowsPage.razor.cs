using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using PerfDash.Core.Overview;
using PerfDash.Core.Workflows;
using PerfDash.Web.Api;

namespace PerfDash.Web.Features.Workflows;

/// <summary>All workflows with jobs in the range, to be searched, sorted and picked for a comparison.</summary>
public sealed partial class WorkflowsPage(WorkflowListQueries workflows, OverviewQueries overviews, SignificantChangeQueries changes) : DashboardComponent
{
    private const int MostCompared = 10;

    private IReadOnlyList<WorkflowListItem>? _all;
    private SignificantChanges? _changes;
    private List<WorkflowListItem> _shown = [];
    private string? _search;
    private string? _searchShown;
    private bool _hasCost;
    private bool _isFarmEmpty;
    private bool _hasTrends;

    /// <summary>Part of the names to show.</summary>
    [SupplyParameterFromQuery(Name = "search")]
    public string? Search { get; set; }

    /// <summary>The order; see <see cref="TableSort"/>.</summary>
    [SupplyParameterFromQuery(Name = "sort")]
    public string? SortWord { get; set; }

    /// <summary>Ids picked for a comparison, separated by commas.</summary>
    [SupplyParameterFromQuery(Name = "selected")]
    public string? Selected { get; set; }

    private TableSort Sort => WorkflowTable.ReadSort(SortWord);

    private IReadOnlyList<long> SelectedIds { get; set; } = [];

    private bool CanCompare => SelectedIds.Count is >= 2 and <= MostCompared;

    private string CompareText => SelectedIds.Count switch
    {
        0 => "Select two or more to compare",
        1 => "Select one more to compare",
        > MostCompared => $"Select at most {MostCompared} to compare",
        var count => $"Compare selected ({count})",
    };

    private string CompareHref => QueryHelpers.AddQueryString(PerfDashUrls.Compare + Query.QueryString, "workflows", string.Join(',', SelectedIds));

    private string? Note => _all is null || Loader.LoadedText is not { } at
        ? null
        : $"{UnitFormat.Counted(_all.Sum(w => w.Figures.JobCount), "job")} · updated {at}";

    private string CaptionText => $"{UnitFormat.Count(_shown.Count)} of {UnitFormat.Counted(_all!.Count, "workflow")} with jobs in the range";

    private string NoteText =>
        "Trend, average, median and p95: time per frame. VRAM: average of the jobs' peaks."
        + (Query.ComparesPrevious && Loader.LoadedRange is { } range ? $" Change: average compared with the previous {PeriodName.From(range)}; called faster or slower where that is certain for one of the {SignificantChangeQueries.Candidates} busiest workflows." : "")
        + (_hasCost ? " Cost: completed jobs on workers with a price." : "");

    protected override async Task OnParametersSetAsync()
    {
        SelectedIds = IdList.Read(Selected, "selected", []) ?? [];
        // What is being typed is ahead of the address.
        if (Search != _searchShown)
            _search = _searchShown = Search;
        Arrange();
        await base.OnParametersSetAsync();
    }

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var compares = Query.ComparesPrevious;
        var listed = await Loader.SharedAsync(workflows.GetAsync, filter, cancellationToken);
        if (_all is null && listed.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _all = listed;
            Arrange();
            StateHasChanged();
        }

        var trending = Loader.SharedAsync((workflows, compares), static (r, range, filter, c) => r.workflows.GetTrendsAsync(range, filter, r.compares, c), filter, cancellationToken);
        var changed = compares ? Loader.SharedAsync(changes.GetAsync, filter, cancellationToken) : Task.FromResult<SignificantChanges>(null!);
        await Task.WhenAll((Task)trending, changed);
        cancellationToken.ThrowIfCancellationRequested();
        var trends = await trending;
        _isFarmEmpty = listed.Count == 0 && !await overviews.AnyAsync(cancellationToken);
        (_all, _changes, _hasTrends) = ([.. listed.Select(w => w with { Trend = trends.GetValueOrDefault(w.Figures.WorkflowId) })], await changed, true);
        Arrange();
    }

    private void Arrange()
    {
        var all = _all ?? [];
        _hasCost = all.Any(w => w.Figures.TotalCost is not null);
        var words = (Search ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _shown = [.. WorkflowTable.Sorted(all.Where(w => words.All(word => w.Figures.WorkflowName.Contains(word, StringComparison.OrdinalIgnoreCase))), Sort)];
    }

    private void SearchFor(string? text)
    {
        _search = text;
        _searchShown = string.IsNullOrWhiteSpace(text) ? null : text.Trim();
        Address.Set("search", _searchShown, replace: true);
    }

    private void Toggle(long id)
    {
        // Two picked in quick succession: the first may not be shown yet.
        var picked = IdList.Read(Address.Value("selected"), "selected", []) ?? [];
        Select(picked.Contains(id) ? [.. picked.Where(s => s != id)] : [.. picked, id]);
    }

    private void Select(IReadOnlyList<long> ids) =>
        Address.Set("selected", ids.Count == 0 ? null : string.Join(',', ids.Select(i => i.ToString(CultureInfo.InvariantCulture))), replace: true);
}
