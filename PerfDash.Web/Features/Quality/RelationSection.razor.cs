using System.Globalization;
using Microsoft.AspNetCore.Components;
using PerfDash.Core.Quality;
using PerfDash.Core.Workflows;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Quality;

/// <summary>A parameter against the score, and the jobs behind a part of the chart. Loads by itself, beside the rest of the page.</summary>
public sealed partial class RelationSection(
    CorrelationQueries correlations, QualitySampleQueries samples, RelationJobQueries relationJobs, WorkflowChoiceQueries choices) : DashboardComponent
{
    private Correlation? _relation;
    private RelationJobs? _jobs;
    private RelationArea? _area;
    private ChartInput? _chart;
    private string? _parameter;
    private bool _isGroups;
    private IReadOnlyDictionary<long, string> _names = new Dictionary<long, string>();
    private string? _xFrom;
    private string? _xTo;
    private string? _yFrom;
    private string? _yTo;

    [Parameter, EditorRequired]
    public required string Score { get; set; }

    /// <summary>The parameter; null takes the one that goes with the score most.</summary>
    [Parameter]
    public string? Parameter { get; set; }

    /// <summary>The workflow whose jobs count; null counts all.</summary>
    [Parameter]
    public long? WorkflowId { get; set; }

    /// <summary>The chosen rectangle, four numbers separated by commas.</summary>
    [Parameter]
    public string? AreaText { get; set; }

    [Parameter]
    public EventCallback<IReadOnlyDictionary<string, object?>> OnSet { get; set; }

    // Beyond it a list is no choice; the address takes any name.
    private const int MostParameters = 500;

    protected override object? Choice => (Score, Parameter, WorkflowId, AreaText);

    private IEnumerable<string> Parameters => _relation is null ? _parameter is null ? [] : [_parameter]
        : _relation.Parameters.Concat(_relation.CategoricalParameters).Take(MostParameters).Append(_parameter!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private string? Figures => _relation is not { } r ? null
        : $"n = {UnitFormat.Counted(r.Count, "job")}{(r.IsSample ? $", from an even sample of {UnitFormat.Counted(r.JobCount, "job")}" : "")}, Pearson r = {Coefficient(r.Pearson)}{Interval(r.PearsonInterval)}, Spearman ρ = {Coefficient(r.Spearman)}{Interval(r.SpearmanInterval)}"
            + (r.Points.Count < r.Count ? $"; the chart shows a sample of {UnitFormat.Count(r.Points.Count)} of {UnitFormat.Count(r.Count)} jobs" : "");

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        filter = filter with { WorkflowId = WorkflowId };
        var score = Score;
        var area = ReadArea(AreaText);
        var names = await choices.NamesAsync(WorkflowId is { } id ? [id] : [], cancellationToken);
        var parameter = Parameter ?? Relatedness.Strongest(await Loader.SharedAsync(samples.GetAsync, filter, cancellationToken), score) ?? "cfg";
        var relating = Loader.SharedAsync(
            (correlations, parameter, score), static (r, range, filter, c) => r.correlations.GetAsync(r.parameter, r.score, range, filter, c), filter, cancellationToken);
        var listing = area is null ? Task.FromResult<RelationJobs?>(null) : ListAsync();
        await Task.WhenAll(relating, listing);
        cancellationToken.ThrowIfCancellationRequested();

        var relation = await relating;
        (_names, _relation, _parameter, _jobs, _area) = (names, relation, parameter, await listing, area);
        _isGroups = relation.Count == 0 && relation.Groups.Count > 0;
        _chart = _isGroups ? QualityCharts.Groups(relation) : QualityCharts.Scatter(relation);
        (_xFrom, _xTo, _yFrom, _yTo) = area is null ? (null, null, null, null) : (Text(area.XFrom), Text(area.XTo), Text(area.YFrom), Text(area.YTo));

        async Task<RelationJobs?> ListAsync() => await relationJobs.GetAsync(parameter, score, area!, range, filter, cancellationToken);
    }

    private static RelationArea? ReadArea(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        double[] numbers = [.. text.Split(',').Select(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && double.IsFinite(n) ? n : double.NaN)];
        return numbers.Length == 4 && numbers.All(double.IsFinite)
            ? new RelationArea(numbers[0], numbers[1], numbers[2], numbers[3])
            : throw new PageAddressException("The selected area in the address is not valid. Drag a new one on the chart.");
    }

    private static string Text(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    private string InSentence => DisplayName.InSentence(_parameter ?? "");

    /// <summary>The 95 % interval; of few pairs there is none.</summary>
    private static string Interval(CorrelationInterval? interval) => interval is null ? "" : $" ({Coefficient(interval.Low)} to {Coefficient(interval.High)})";

    private static string Coefficient(double? value) => value is { } v ? v.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−') : "not defined";

    private void OpenJob(ChartPointRef point)
    {
        if (long.TryParse(point.Point.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var job))
            Navigation.NavigateTo(PerfDashUrls.Job(job) + Query.QueryString);
    }

    private Task Brush(ChartArea area) => BrushedAsync(string.Join(',', new[] { area.XFrom, area.XTo, area.YFrom, area.YTo }.Select(v => v.ToString("G6", CultureInfo.InvariantCulture))));

    // An edge left out is no limit.
    private Task ApplyAsync() => BrushedAsync(string.Join(',', Edge(_xFrom, -1e100), Edge(_xTo, 1e100), Edge(_yFrom, -1e100), Edge(_yTo, 1e100)));

    private static string Edge(string? text, double otherwise) =>
        string.IsNullOrWhiteSpace(text) ? otherwise.ToString("R", CultureInfo.InvariantCulture) : text.Trim().Replace(',', '.');

    private Task BrushedAsync(string? area) => OnSet.InvokeAsync(new Dictionary<string, object?> { ["area"] = area, ["parameter"] = _parameter });

    // A rectangle belongs to its parameter.
    private Task ChooseParameter(string? name) => OnSet.InvokeAsync(new Dictionary<string, object?> { ["parameter"] = name, ["area"] = null });

    private Task ChooseWorkflow(IReadOnlyList<long> ids) =>
        OnSet.InvokeAsync(new Dictionary<string, object?> { ["workflow_id"] = ids.Count == 0 ? null : ids[0], ["area"] = null });
}
