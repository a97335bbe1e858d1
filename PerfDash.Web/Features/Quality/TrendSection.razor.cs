using Microsoft.AspNetCore.Components;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Quality;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Alerts.Thresholds;

namespace PerfDash.Web.Features.Quality;

/// <summary>Scores over time: one chart for each, or one score of several workflows. Loads by itself, beside the rest of the page.</summary>
public sealed partial class TrendSection(ScoreTrendQueries trends, ThresholdService thresholds) : DashboardComponent
{
    private const int MostCharts = 6;
    private const int MostLines = 8;

    private IReadOnlyList<ShownTrend> _trends = [];
    private int _left;
    private ChartInput? _byWorkflow;
    private string? _note;
    private Bucket _bucket;

    /// <summary>Width of a bucket as the address says; null chooses one by the range.</summary>
    [Parameter]
    public string? BucketWord { get; set; }

    /// <summary>The score that is looked at; null while it is not known.</summary>
    [Parameter]
    public string? Score { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<long> WorkflowIds { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyDictionary<long, string> Names { get; set; }

    /// <summary>Whether the score is also drawn for each workflow.</summary>
    [Parameter]
    public bool PerWorkflow { get; set; }

    [Parameter]
    public EventCallback<AddressChange> OnSet { get; set; }

    protected override object? Choice => (BucketWord, Score, PerWorkflow, PerWorkflow ? string.Join(',', WorkflowIds) : "");

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var bucket = BucketWord is null ? Buckets.For(range) : Buckets.Read(BucketWord) ?? throw new PageAddressException("The interval must be minute, hour, day, week or month. Choose one above.");
        var isFitted = BucketWord is null;
        range = RangeOf(range, isFitted);
        if (range.Length / bucket.ShortestLength() > ScoreTrendQueries.MaxPoints)
            throw new PageAddressException("Too many intervals for this range. Choose a longer interval or a shorter range.");
        _bucket = bucket;
        var all = Loader.SharedAsync((trends, bucket, isFitted), LoadTrendsAsync, filter, cancellationToken);
        var byWorkflow = PerWorkflow && Score is not null
            ? trends.GetByWorkflowAsync(Score, [.. WorkflowIds.Take(MostLines)], range, filter, bucket, cancellationToken)
            : Task.FromResult<IReadOnlyList<WorkflowScoreTrend>>([]);
        var listing = thresholds.ListAsync(cancellationToken);
        await Task.WhenAll(all, byWorkflow, listing);
        cancellationToken.ThrowIfCancellationRequested();

        var ((shownRange, found), limits) = (await all, await listing);
        ScoreTrend[] shown = [.. found.Index().Where(t => t.Index < MostCharts || t.Item.Name == Score).Select(t => t.Item)];
        _left = found.Count - shown.Length;
        _trends =
        [
            .. shown.Select(t => new ShownTrend(
                t.Name,
                $"Mean, n = {UnitFormat.Counted(t.Count, "job")}, per {bucket.Word()} (UTC)",
                QualityCharts.Trend(shownRange, bucket, [QualityCharts.Series(t.Name, $"Mean {DisplayName.InSentence(t.Name)}", ChartPalette.ColorFor(EntityKind.Score, t.Name), t.Points)]) with { Thresholds = ThresholdLines.For(limits, "quality." + t.Name, filter.WorkflowId, filter.WorkerId) })),
        ];
        var lines = await byWorkflow;
        _byWorkflow = QualityCharts.Trend(range, bucket, lines.Select(l => QualityCharts.Series(
            $"workflow-{l.WorkflowId}", $"{Names.GetValueOrDefault(l.WorkflowId, $"#{l.WorkflowId}")} (n = {UnitFormat.Count(l.Count)})",
            ChartPalette.ColorFor(EntityKind.Workflow, l.WorkflowId), l.Points)));
        _note = $"Mean per {bucket.Word()} (UTC) of {(WorkflowIds.Count > lines.Count ? $"{lines.Count} of the {WorkflowIds.Count} workflows shown" : UnitFormat.Counted(lines.Count, "workflow"))}, n = {UnitFormat.Counted(lines.Sum(l => l.Count), "job")}";
    }

    private static async Task<(TimeRange Range, IReadOnlyList<ScoreTrend> Trends)> LoadTrendsAsync(
        (ScoreTrendQueries Queries, Bucket Bucket, bool IsFitted) request, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        range = RangeOf(range, request.IsFitted);
        return (range, await request.Queries.GetAsync(range, filter, request.Bucket, cancellationToken));
    }

    private static TimeRange RangeOf(TimeRange range, bool isFitted) => isFitted ? DrawnRange.From(range) : range;

    private sealed record ShownTrend(string Name, string Note, ChartInput Chart);
}
