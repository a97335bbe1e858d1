using System.Globalization;
using Microsoft.AspNetCore.Components;
using PerfDash.Core.Quality;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Quality;

/// <summary>A sample of jobs over parallel axes. Loads by itself, beside the rest of the page, and stays still while somebody works on it.</summary>
public sealed partial class ParallelSection(QualitySampleQueries samples) : DashboardComponent
{
    private const int MostListed = 50;

    private QualitySample? _sample;
    private IReadOnlyList<ParallelAxis> _axes = [];
    private IReadOnlyCollection<string> _shownKeys = [];
    private IReadOnlyList<ParallelRange> _ranges = [];
    private IReadOnlyList<ParallelLine> _chosen = [];
    private ParallelInput? _chart;
    private string? _formAxis;
    private string? _formLow;
    private string? _formHigh;

    [Parameter, EditorRequired]
    public required string Score { get; set; }

    /// <summary>The workflow whose jobs count; null counts all.</summary>
    [Parameter]
    public long? WorkflowId { get; set; }

    /// <summary>Keys of the axes shown separated by commas; null chooses some.</summary>
    [Parameter]
    public string? AxesText { get; set; }

    /// <summary>The chosen stretches, as <see cref="ParallelCharts.Write"/> writes them.</summary>
    [Parameter]
    public string? RangesText { get; set; }

    [Parameter]
    public EventCallback<AddressChange> OnSet { get; set; }

    protected override bool IsLive => false;

    protected override object? Choice => WorkflowId;

    private string? Note => _sample is not { } s ? null
        : (s.OfJobs is { } all ? $"An even sample of {UnitFormat.Count(s.Jobs.Count)} jobs with scores, of {UnitFormat.Counted(all, "job")}" : s.Jobs.Count < s.Count ? $"A sample of {UnitFormat.Count(s.Jobs.Count)} of {UnitFormat.Counted(s.Count, "job")} with scores" : $"n = {UnitFormat.Counted(s.Count, "job")} with scores")
            + (_ranges.Count > 0 ? $"; {UnitFormat.Count(_chosen.Count)} match the selected ranges" : "");

    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        Arrange();
    }

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var sample = await Loader.SharedAsync(samples.GetAsync, filter with { WorkflowId = WorkflowId }, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        (_sample, _axes) = (sample, ParallelCharts.AxesOf(sample));
        Arrange();
    }

    private void Arrange()
    {
        if (_sample is null)
            return;
        string[] asked = [.. (AxesText ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        _shownKeys = asked.Length > 0 ? asked : ParallelCharts.DefaultAxes(_sample, _axes, Score);
        _ranges = ParallelCharts.Read(RangesText);
        _chart = ParallelCharts.From(_sample, _axes, _shownKeys);
        _chosen = _chart.Through(_ranges);
        if (_chart.Axes.All(a => a.Key != _formAxis))
            _formAxis = _chart.Axes.Count > 0 ? _chart.Axes[0].Key : null;
    }

    private Task ToggleAsync(string key)
    {
        var keys = _axes.Select(a => a.Key).Where(k => _shownKeys.Contains(k) != (k == key)).ToList();
        // One axis is no comparison.
        return keys.Count < 2 ? Task.CompletedTask : OnSet.InvokeAsync(new("axes", string.Join(',', keys.Select(Uri.EscapeDataString))));
    }

    private Task ChooseAsync(IReadOnlyList<ParallelRange> ranges) => OnSet.InvokeAsync(new("ranges", ParallelCharts.Write(ranges)));

    private Task ApplyAsync()
    {
        if (_chart?.Axes.FirstOrDefault(a => a.Key == _formAxis) is not { } axis)
            return Task.CompletedTask;
        var range = new ParallelRange(axis.Key, End(_formLow, axis, axis.Min), End(_formHigh, axis, axis.Max));
        return ChooseAsync([.. _ranges.Where(r => r.AxisKey != axis.Key), range]);
    }

    // On an axis of names an end is a name.
    private static double End(string? text, ParallelAxis axis, double otherwise) => string.IsNullOrWhiteSpace(text) ? otherwise
        : axis.Categories is { } names ? names.Index().Where(n => n.Item == text.Trim()).Select(n => (double)n.Index).DefaultIfEmpty(otherwise).First()
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private string JobUrl(string key) => PerfDashUrls.Job(long.Parse(key, CultureInfo.InvariantCulture)) + Query.QueryString;

    private void OpenJob(string key) => Navigation.NavigateTo(JobUrl(key));

    private string ToCsv() => TableCsv.Write(
        ["Job", .. _chart!.Axes.Select(a => a.Name)],
        _chosen.Select(line => _chart.Axes.Select((a, i) => a.Categories is not null && line.Values[i] is not null ? a.Text(line.Values[i]) : (object?)line.Values[i]).Prepend(line.Key)));
}
