using System.Globalization;
using Microsoft.AspNetCore.Components;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Workers.Probes;

/// <summary>The golden probe of a worker: each run over time, and what changed between them.</summary>
public sealed partial class ProbeSection(ProbeQueries queries) : DashboardComponent
{
    private const string ChangeName = "probe_change";

    private WorkerProbes? _probes;
    private ChartInput? _chart;
    private IReadOnlyList<ProbeRunItem> _shown = [];
    private IReadOnlyList<ProbeChange> _changes = [];
    private ProbeChange? _chosen;
    private string? _chosenNote;
    private string _emptyText = "";

    [Parameter, EditorRequired]
    public required long WorkerId { get; set; }

    /// <summary>The first run after the moment whose before and after is shown: its id.</summary>
    [SupplyParameterFromQuery(Name = ChangeName)]
    public string? ChangeWord { get; set; }

    /// <summary>Runs are hours apart, and no job tells of them.</summary>
    protected override TimeSpan LeastAge => TimeSpan.FromSeconds(30);

    protected override object? Choice => (WorkerId, ChangeWord);

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var loaded = await Loader.SharedAsync((queries, WorkerId), static (r, _, _, c) => r.queries.GetAsync(r.WorkerId, c), filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _probes = loaded;
        _shown = [.. loaded.Runs.Where(run => run.CompletedAt is { } at && at >= range.From.UtcDateTime && at < range.To.UtcDateTime)];
        var changes = ProbeChanges.Find(loaded.Runs);
        _chart = ProbeText.ChartOf(_shown, loaded, changes, range);
        _changes = [.. changes.Reverse()];
        _chosen = long.TryParse(ChangeWord, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? ProbeChanges.Split(loaded.Runs, id) : null;
        _chosenNote = ChangeWord is null || _chosen is not null ? null : "The chosen run is none of this worker, or there is no completed run before it with the same graph and models: there is nothing to compare.";
        _emptyText = loaded.Runs.Count == 0 ? "" : $"No completed run in this range: the last one ended {UnitFormat.Moment(loaded.Runs[^1].CompletedAt)} UTC. Choose a longer range.";
    }

    private void Choose(ChartPointRef point) => Address.Set(ChangeName, point.Point.Key);

    private string Href(long? runId) => Navigation.GetUriWithQueryParameter(ChangeName, runId);

    private string Csv() => TableCsv.Write(
        ["First run after (UTC)", "Source", "Change", "Class", "Runs before", "Runs after", "Median before (ms)", "Median after (ms)", "Difference (%)", "Interval low (%)", "Interval high (%)", "Verdict"],
        _changes.Select(c => (IReadOnlyList<object?>)
        [
            c.At, ProbeText.SourceName(_probes!, c.SourceId), string.Join(", ", c.What), c.Comparison?.RunClass?.ToText(), c.Comparison?.Before.Count, c.Comparison?.After.Count,
            c.Comparison?.MedianBeforeMs, c.Comparison?.MedianAfterMs, c.Comparison?.Percent, c.Comparison?.IntervalLow, c.Comparison?.IntervalHigh, ProbeText.Verdict(c),
        ]));
}
