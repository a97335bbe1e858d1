using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts.Thresholds;

/// <summary>Makes or changes a threshold.</summary>
public sealed partial class ThresholdDialog(ThresholdService thresholds, ThresholdSuggestions suggestions, TimeProvider time)
{
    private const string Clear = "clear_threshold";
    private const string ForJobs = "for_jobs";
    private const int ListedWorkflows = 12;

    // The API's default is 1: there a caller knows what it asks for.
    private const int ProposedForJobs = 3;

    private const string ForJobsHelp = "Consecutive jobs needed to open or resolve an alert. With 1, a single good job ends an alert that is still true; 3 is a good start.";

    private string? _clear;
    private int _forJobs = ProposedForJobs;
    private IReadOnlyList<WorkflowSuggestion> _workflows = [];

    /// <summary>What the fields hold at first; null: what the threshold is, or a new one's defaults.</summary>
    [Parameter]
    public ThresholdInput? Start { get; set; }

    /// <summary>Why this is proposed; null for a plain form.</summary>
    [Parameter]
    public string? Intro { get; set; }

    protected override RuleService<PerformanceAlertThreshold, ThresholdItem, ThresholdInput> Rules => thresholds;

    protected override string? Measured => Metric;

    protected override (string Noun, string Created, string Saved) Words =>
        ("threshold", "Threshold created. It applies from the next job.", "Threshold saved. It applies from the next job.");

    protected override IEnumerable<(string Field, string? Text)> Limits => [.. base.Limits, (Clear, _clear)];

    protected override ThresholdInput Input => new()
    {
        MetricName = Metric,
        ScopeType = ScopeType,
        ScopeId = ScopeId,
        WarningThreshold = AlertUnits.Read(WarningText, Metric).Limit,
        CriticalThreshold = AlertUnits.Read(CriticalText, Metric).Limit,
        ClearThreshold = AlertUnits.Read(_clear, Metric).Limit,
        Enabled = IsEnabled,
        Direction = Direction,
        ForJobs = _forJobs,
        Note = NoteOrNull,
        MutedUntil = MutedUntil,
    };

    protected override ThresholdInput? StartInput() => Start ?? base.StartInput();

    protected override ThresholdInput ToInput(ThresholdItem item) => ThresholdInput.From(item);

    protected override string LimitsOf(ThresholdItem item) => AlertWords.LimitsOf(item);

    protected override void Fill(ThresholdInput input)
    {
        (Metric, ScopeType, ScopeId, Direction) = (input.MetricName, input.ScopeType, input.ScopeId, input.Direction);
        WarningText = AlertUnits.FieldText(input.WarningThreshold, Metric);
        CriticalText = AlertUnits.FieldText(input.CriticalThreshold, Metric);
        _clear = AlertUnits.FieldText(input.ClearThreshold, Metric);
        (_forJobs, Note, IsEnabled, MutedUntil) = (input.ForJobs, input.Note, input.Enabled, input.MutedUntil);
    }

    private Task SetMetricAsync(string? metric)
    {
        // Scores are better the higher they are; everything else the lower.
        if ((AlertMeasure.ScoreOf(Metric) is null) != (AlertMeasure.ScoreOf(metric) is null) || Metric is null)
            Direction = metric?.StartsWith(AlertMeasure.Score(""), StringComparison.Ordinal) is true ? AlertDirection.Below : AlertDirection.Above;
        return SetAsync(() => (Metric, Suggestion, _workflows) = (metric, null, []), "metric_name");
    }

    private Task SetScopeAsync((AlertScope? Type, long? Id) scope) => SetAsync(
        () => (ScopeType, ScopeId, Suggestion, _workflows) = (scope.Type, scope.Id, null, []), scope.Type == ScopeType ? "scope_id" : "scope_type");

    private Task SetDirectionAsync(AlertDirection? direction) => SetAsync(() => (Direction, Suggestion, _workflows) = (direction, null, []), "direction");

    private Task SuggestAsync() => BusyAsync(async () =>
    {
        var now = time.GetUtcNow();
        var result = await suggestions.GetAsync(Metric, ScopeType, ScopeId, Direction, new TimeRange(now.AddDays(-30), now), Closing);
        if (result.Item is not { } found)
        {
            Suggestion = string.Join(" ", result.Errors.Values.SelectMany(m => m).Select(AlertWords.ForPeople));
            return;
        }

        if (found is not { WarningThreshold: { } warning, CriticalThreshold: { } critical })
        {
            Suggestion = "No job in the last 30 days reported this metric.";
            return;
        }

        var (one, other) = Direction == AlertDirection.Below ? ("p5", "p1") : ("p95", "p99");
        _workflows = found.Workflows;
        await SuggestLimitsAsync(warning, critical, found.Workflows is [var first, .., var last]
            ? $"Based on {one} and {other} of {UnitFormat.Counted(Highest(found)?.SampleSize, "job")} of {Highest(found)?.WorkflowName}, the workflow with the {(Direction == AlertDirection.Below ? "lowest" : "highest")} values in the last 30 days. "
                + $"The workflows' own warning limits go from {AlertMeasure.Limit(LimitText.Rounded(first.WarningThreshold), Metric)} to {AlertMeasure.Limit(LimitText.Rounded(last.WarningThreshold), Metric)}; one limit cannot fit them all."
            : $"Based on {one} and {other} of {UnitFormat.Counted(found.SampleSize, "job")} in the last 30 days.");
    });

    // The one whose limits are proposed for all.
    private static WorkflowSuggestion? Highest(ThresholdSuggestion found) => found.Workflows.FirstOrDefault(w => w.WarningThreshold == found.WarningThreshold);

    /// <summary>One threshold for each workflow, with limits of its own; those that have one of this metric keep it.</summary>
    private Task CreateForEachAsync() => BusyAsync(async () =>
    {
        var actor = await SignedIn.ActorAsync();
        var has = (await thresholds.ListAsync(Closing))
            .Where(t => t.MetricName == Metric && t.ScopeType == AlertScope.Workflow).Select(t => t.ScopeId).ToHashSet();
        var made = 0;
        foreach (var workflow in _workflows.Where(w => !has.Contains(w.WorkflowId)))
        {
            var (warning, critical) = (LimitText.Rounded(workflow.WarningThreshold), LimitText.Rounded(workflow.CriticalThreshold));
            var result = await thresholds.CreateAsync(
                Input with
                {
                    ScopeType = AlertScope.Workflow,
                    ScopeId = workflow.WorkflowId,
                    WarningThreshold = warning == critical ? workflow.WarningThreshold : warning,
                    CriticalThreshold = warning == critical ? workflow.CriticalThreshold : critical,
                    ClearThreshold = null,
                },
                actor,
                Closing);
            made += result.Status == EditStatus.Done ? 1 : 0;
        }

        Dialog.Close(DialogResult.Ok($"{UnitFormat.Counted(made, "threshold")} created, one for each workflow{(made < _workflows.Count ? " that had none" : "")}."));
    });
}
