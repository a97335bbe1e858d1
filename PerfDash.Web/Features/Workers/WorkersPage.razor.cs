using Microsoft.AspNetCore.Components;
using PerfDash.Core.Workers;
using PerfDash.Web.Layout;

namespace PerfDash.Web.Features.Workers;

/// <summary>The workers side by side: what each does, how fast it is on the same work, where a comparison has gaps, what fits which card, what fails.</summary>
[PageSections(typeof(JobTypeSection))]
public sealed partial class WorkersPage(
    WorkerQueries workers, WorkerStateQueries states, FailureQueries failures, WorkerCostQueries costs) : DashboardComponent
{
    private const int MostCards = 24;

    private static readonly (string? Word, string Label)[] Views =
        [(null, "Benchmark"), ("coverage", "Coverage"), ("vram", "VRAM headroom"), ("failures", "Failures")];

    private WorkerComparison? _comparison;
    private IReadOnlyList<WorkerRow>? _rows;

    /// <summary>Which view; absent for the benchmark.</summary>
    [SupplyParameterFromQuery(Name = "view")]
    public string? ViewWord { get; set; }

    /// <summary>The order of cards and ranking; see <see cref="TableSort"/>.</summary>
    [SupplyParameterFromQuery(Name = "sort")]
    public string? SortWord { get; set; }

    /// <summary><c>all</c> shows every card of a large farm.</summary>
    [SupplyParameterFromQuery(Name = "cards")]
    public string? Cards { get; set; }

    protected override object? Choice => View;

    private string? View => Views.Any(v => v.Word == ViewWord) ? ViewWord : null;

    private bool AllCards => Cards == "all";

    private IEnumerable<WorkerRow> ShownCards =>
        WorkerTable.Sorted(_rows!, WorkerTable.ReadSort(SortWord)) is var sorted && AllCards ? sorted : sorted.Take(MostCards);

    private string? Note => View is null && _rows is { } rows && Loader.LoadedText is { } at
        ? $"{UnitFormat.Counted(rows.Count, "worker")}, {rows.Count(r => r.State.Activity == WorkerActivity.Running)} running · {UnitFormat.Counted(rows.Sum(r => r.Figures?.JobCount ?? 0), "job")} · updated {at}"
        : null;

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        // The other views load themselves.
        if (View is not null)
            return;
        var being = Loader.SharedAsync(states, static (states, _, filter, c) => states.GetAsync(filter.WorkerId, c), filter, cancellationToken);
        var comparing = Loader.SharedAsync(workers, static (workers, range, filter, c) => workers.CompareAsync(range, filter, filter.WorkerId is { } only ? [only] : null, c, SummaryParts.None), filter, cancellationToken);
        var costing = Loader.SharedAsync(costs.GetAsync, filter, cancellationToken);
        var failing = Loader.SharedAsync(failures.GetAsync, filter, cancellationToken);
        await Task.WhenAll(being, comparing, costing, failing);
        cancellationToken.ThrowIfCancellationRequested();
        var comparison = (await comparing).Comparison ?? throw new PageAddressException($"There is no worker {filter.WorkerId}. Remove the worker filter.");
        (_comparison, _rows) = (comparison, WorkerRow.From(await being, comparison, await failing, await costing));
    }

    private string HrefOf(string? view) => Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["view"] = view, ["sort"] = null });
}
