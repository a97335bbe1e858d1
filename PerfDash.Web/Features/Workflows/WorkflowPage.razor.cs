using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Alerts.Thresholds;
using PerfDash.Web.Features.Comparison;
using PerfDash.Web.Features.Jobs;

namespace PerfDash.Web.Features.Workflows;

/// <summary>One workflow in depth.</summary>
public sealed partial class WorkflowPage(WorkflowPageData pageData, ThresholdLines thresholds) : DashboardComponent
{
    private const string BucketName = "bucket";
    private const string WindowName = "window";

    private long _shownId;
    private bool _isUnknown;
    private WorkflowSums? _sums;
    private WorkflowHead? _head;
    private WorkflowBody? _body;
    private ChartInput? _trend;
    private ChartInput? _histogram;
    private ChartInput? _byWorker;
    private ChartInput? _byTier;
    private ChartInput? _stages;
    private IReadOnlyList<ChartMarker> _markers = [];
    private IReadOnlyList<ChartThreshold> _limits = [];

    [Parameter]
    public long Id { get; set; }

    /// <summary>Width of the trend's buckets: <c>hour</c>, <c>day</c>, <c>week</c> or <c>month</c>.</summary>
    [SupplyParameterFromQuery(Name = BucketName)]
    public string? BucketWord { get; set; }

    /// <summary>Buckets in the trend's moving average.</summary>
    [SupplyParameterFromQuery(Name = WindowName)]
    public string? WindowText { get; set; }

    /// <summary>The score drawn as a histogram.</summary>
    [SupplyParameterFromQuery(Name = "score")]
    public string? Score { get; set; }

    protected override object? Choice => (Id, Choices);

    private TrendChoice Choices => TrendChoice.Read(BucketWord, int.TryParse(WindowText, NumberStyles.None, CultureInfo.InvariantCulture, out var window) ? window : null);

    private string WindowWord => Choices.Window.ToString(CultureInfo.InvariantCulture);

    private string? Note => _sums is null || Loader.LoadedText is not { } at ? null : $"{UnitFormat.Counted(_sums.Now.JobCount, "job")} · updated {at}";

    private string? TrendNote => _head is null
        ? null
        : $"n = {UnitFormat.Counted(_head.Trend.Points.Sum(p => p.JobCount), "job")}, per {_head.Trend.Bucket.Word()} (UTC), band from the lowest to the highest job";

    private string? SpreadNote => _body?.Detail.TimePerFrame is { Count: > 0 } times
        ? $"n = {UnitFormat.Counted(times.Count, "job")} · p50 {UnitFormat.Duration(times.P50)} · p90 {UnitFormat.Duration(times.P90)} · p99 {UnitFormat.Duration(times.P99)}"
        : null;

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        if (_shownId != Id)
        {
            (_shownId, _isUnknown, _sums, _head, _body, _trend, _histogram, _byWorker, _byTier, _stages) = (Id, false, null, null, null, null, null, null, null, null);
            (_markers, _limits) = ([], []);
        }

        var (id, choice, compares) = (Id, Choices, Query.ComparesPrevious);
        var sums = await Loader.SharedAsync((pageData, id, compares), static (r, range, filter, c) => r.pageData.LoadSumsAsync(r.id, range, filter, r.compares, c), filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _isUnknown = sums is null;
        if (sums is null)
            return;
        if (_sums is null)
        {
            _sums = sums;
            StateHasChanged();
        }

        var loadingLimits = thresholds.ForAsync("time_per_frame_ms", id, filter.WorkerId, cancellationToken);
        var loadingHead = Loader.SharedAsync((pageData, id, choice), static (r, range, filter, c) => r.pageData.LoadHeadAsync(r.id, range, filter, r.choice, c), filter, cancellationToken);
        var loadingBody = Loader.SharedAsync((pageData, id, choice.Bucket, compares), static (r, range, filter, c) => r.pageData.LoadBodyAsync(r.id, range, filter, r.Bucket, r.compares, c), filter, cancellationToken);
        await Task.WhenAll((Task)loadingLimits, loadingHead, loadingBody);
        cancellationToken.ThrowIfCancellationRequested();
        var (head, body) = (await loadingHead, await loadingBody);
        _isUnknown = head is null || body is null;
        if (head is null || body is null)
            return;
        _limits = await loadingLimits;
        (_head, _trend) = (head, WorkflowCharts.Trend(head) with { Markers = _markers, Thresholds = _limits });
        (_body, _sums) = (body, sums);
        var color = ChartPalette.ColorFor(EntityKind.Workflow, id);
        _histogram = WorkflowCharts.Histogram(body.Detail.TimePerFrame.Histogram, ValueUnit.MsPerFrame, "Time per frame", color);
        _byWorker = WorkflowCharts.ByWorker(body.Detail);
        _byTier = WorkflowCharts.ByTier(body.Detail);
        _stages = WorkflowCharts.Stages(body.Stages, range, head.Trend.Bucket) with { Markers = _markers };
    }

    private void ShowChanges(IReadOnlyList<WorkflowChange> changes)
    {
        _markers = ChangeMarkers.From(changes);
        _trend = _trend is null ? null : _trend with { Markers = _markers };
        _stages = _stages is null ? null : _stages with { Markers = _markers };
    }

    private static string BarsNote(int? withoutSum) =>
        "Click a bar to see its jobs" + (withoutSum > 0 ? $". {UnitFormat.Count(withoutSum)} without a bar: {SumText.TooLarge}" : "");

    private static string NoBars(ChartInput? bars) =>
        bars is { Series: [{ Points.Count: > 0 }, ..] } ? $"The sums are {SumText.TooLarge}." : "No job in this range reported GPU time.";

    private void Set(string name, string? value) => Address.Set(name, value == $"{TrendChoice.DefaultWindow}" ? null : value);

    private void OpenJobs(long? workerId = null, string? tier = null) => Navigation.NavigateTo(JobsAddress.To(Query, Id, workerId, tier));

    private string With(string page, string name) =>
        QueryHelpers.AddQueryString(page + Query.QueryString, name, Id.ToString(CultureInfo.InvariantCulture));
}
