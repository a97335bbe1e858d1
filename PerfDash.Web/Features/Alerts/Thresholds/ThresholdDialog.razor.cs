using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts.Thresholds;

/// <summary>Makes or changes a threshold. What is wrong is said under the field as soon as it was left.</summary>
public sealed partial class ThresholdDialog(
    ThresholdService thresholds, ThresholdSuggestions suggestions, RuleChoiceQueries queries, SignedIn signedIn, TimeProvider time) : IDisposable
{
    private const string Warning = "warning_threshold";
    private const string Critical = "critical_threshold";
    private const string Clear = "clear_threshold";
    private const string ForJobs = "for_jobs";
    private const string NoteField = "note";
    private const int ListedWorkflows = 12;

    // The API's default is 1: there a caller knows what it asks for.
    private const int ProposedForJobs = 3;

    private const string ForJobsHelp = "Consecutive jobs needed to open or resolve an alert. With 1, a single good job ends an alert that is still true; 3 is a good start.";

    private readonly CancellationTokenSource _closing = new();
    private readonly HashSet<string> _touched = [];
    private RuleChoices _choices = RuleChoices.None;
    private string? _metric = "time_per_frame_ms";
    private AlertScope? _scopeType = AlertScope.Global;
    private long? _scopeId;
    private AlertDirection? _direction = AlertDirection.Above;
    private string? _warning;
    private string? _critical;
    private string? _clear;
    private int _forJobs = ProposedForJobs;
    private string? _note;
    private bool _enabled = true;
    private DateTime? _mutedUntil;
    private DateTime? _updatedAt;

    private Dictionary<string, string[]> _errors = [];
    private Dictionary<string, string> _parseErrors = [];
    private bool _isChecked;
    private bool _isSubmitted;
    private bool _isBusy;
    private string? _message;
    private string? _suggestion;
    private ThresholdItem? _theirs;
    private IReadOnlyList<WorkflowSuggestion> _workflows = [];

    /// <summary>The threshold to change; null: a new one.</summary>
    [Parameter]
    public ThresholdItem? Threshold { get; set; }

    /// <summary>What the fields hold at first; null: what the threshold is, or a new one's defaults.</summary>
    [Parameter]
    public ThresholdInput? Start { get; set; }

    /// <summary>Why this is proposed; null for a plain form.</summary>
    [Parameter]
    public string? Intro { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    private ThresholdInput Input => new()
    {
        MetricName = _metric,
        ScopeType = _scopeType,
        ScopeId = _scopeId,
        WarningThreshold = AlertUnits.Read(_warning, _metric).Limit,
        CriticalThreshold = AlertUnits.Read(_critical, _metric).Limit,
        ClearThreshold = AlertUnits.Read(_clear, _metric).Limit,
        Enabled = _enabled,
        Direction = _direction,
        ForJobs = _forJobs,
        Note = string.IsNullOrWhiteSpace(_note) ? null : _note,
        MutedUntil = _mutedUntil,
    };

    /// <inheritdoc />
    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
    }

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        _updatedAt = Threshold?.UpdatedAt;
        if ((Start ?? (Threshold is null ? null : ThresholdInput.From(Threshold))) is { } start)
            Fill(start);
        await TryAsync(async () => _choices = await queries.GetAsync(_closing.Token));
        await CheckAsync();
    }

    private void Fill(ThresholdInput input)
    {
        (_metric, _scopeType, _scopeId, _direction) = (input.MetricName, input.ScopeType, input.ScopeId, input.Direction);
        _warning = AlertUnits.FieldText(input.WarningThreshold, _metric);
        _critical = AlertUnits.FieldText(input.CriticalThreshold, _metric);
        _clear = AlertUnits.FieldText(input.ClearThreshold, _metric);
        (_forJobs, _note, _enabled, _mutedUntil) = (input.ForJobs, input.Note, input.Enabled, input.MutedUntil);
    }

    private string? ErrorOf(string field)
    {
        if (!_isSubmitted && !_touched.Contains(field))
            return null;
        if (_parseErrors.TryGetValue(field, out var unreadable))
            return unreadable;
        return _errors.TryGetValue(field, out var messages) ? messages[0] : null;
    }

    private Task SetMetricAsync(string? metric)
    {
        // Scores are better the higher they are; everything else the lower.
        if ((AlertMeasure.ScoreOf(_metric) is null) != (AlertMeasure.ScoreOf(metric) is null) || _metric is null)
            _direction = metric?.StartsWith(AlertMeasure.Score(""), StringComparison.Ordinal) is true ? AlertDirection.Below : AlertDirection.Above;
        return SetAsync(() => (_metric, _suggestion, _workflows) = (metric, null, []), "metric_name");
    }

    private Task SetScopeAsync((AlertScope? Type, long? Id) scope) => SetAsync(
        () => (_scopeType, _scopeId, _suggestion, _workflows) = (scope.Type, scope.Id, null, []), scope.Type == _scopeType ? "scope_id" : "scope_type");

    private Task SetDirectionAsync(AlertDirection? direction) => SetAsync(() => (_direction, _suggestion, _workflows) = (direction, null, []), "direction");

    private Task SetAsync(Action set, string field)
    {
        set();
        _touched.Add(field);
        return CheckAsync();
    }

    private async Task CheckAsync()
    {
        _parseErrors = [];
        foreach (var (field, text) in new[] { (Warning, _warning), (Critical, _critical), (Clear, _clear) })
        {
            if (AlertUnits.Read(text, _metric).Error is { } error)
                _parseErrors[field] = error;
        }

        var input = Input;
        await TryAsync(async () =>
        {
            var errors = await thresholds.CheckAsync(input, _closing.Token);
            // What was typed meanwhile is checked by its own call.
            if (input == Input)
                (_errors, _isChecked) = (errors, true);
        });
    }

    private Task SuggestAsync() => BusyAsync(async () =>
    {
        var now = time.GetUtcNow();
        var result = await suggestions.GetAsync(_metric, _scopeType, _scopeId, _direction, new TimeRange(now.AddDays(-30), now), _closing.Token);
        if (result.Item is not { } found)
        {
            _suggestion = string.Join(" ", result.Errors.Values.SelectMany(m => m).Select(AlertWords.ForPeople));
            return;
        }

        if (found is not { WarningThreshold: { } warning, CriticalThreshold: { } critical })
        {
            _suggestion = "No job in the last 30 days reported this metric.";
            return;
        }

        (_warning, _critical) = (AlertUnits.FieldText(LimitText.Rounded(warning), _metric), AlertUnits.FieldText(LimitText.Rounded(critical), _metric));
        if (_warning == _critical)
            (_warning, _critical) = (AlertUnits.FieldText(warning, _metric), AlertUnits.FieldText(critical, _metric));
        var (one, other) = _direction == AlertDirection.Below ? ("p5", "p1") : ("p95", "p99");
        _workflows = found.Workflows;
        _suggestion = found.Workflows is [var first, .., var last]
            ? $"Based on {one} and {other} of {UnitFormat.Counted(Highest(found)?.SampleSize, "job")} of {Highest(found)?.WorkflowName}, the workflow with the {(_direction == AlertDirection.Below ? "lowest" : "highest")} values in the last 30 days. "
                + $"The workflows' own warning limits go from {AlertMeasure.Limit(LimitText.Rounded(first.WarningThreshold), _metric)} to {AlertMeasure.Limit(LimitText.Rounded(last.WarningThreshold), _metric)}; one limit cannot fit them all."
            : $"Based on {one} and {other} of {UnitFormat.Counted(found.SampleSize, "job")} in the last 30 days.";
        _touched.UnionWith([Warning, Critical]);
        await CheckAsync();
    });

    // The one whose limits are proposed for all.
    private static WorkflowSuggestion? Highest(ThresholdSuggestion found) => found.Workflows.FirstOrDefault(w => w.WarningThreshold == found.WarningThreshold);

    /// <summary>One threshold for each workflow, with limits of its own; those that have one of this metric keep it.</summary>
    private Task CreateForEachAsync() => BusyAsync(async () =>
    {
        var actor = await signedIn.NameAsync();
        var has = (await thresholds.ListAsync(_closing.Token))
            .Where(t => t.MetricName == _metric && t.ScopeType == AlertScope.Workflow).Select(t => t.ScopeId).ToHashSet();
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
                _closing.Token);
            made += result.Status == EditStatus.Done ? 1 : 0;
        }

        Dialog.Close(DialogResult.Ok($"{UnitFormat.Counted(made, "threshold")} created, one for each workflow{(made < _workflows.Count ? " that had none" : "")}."));
    });

    private Task SaveAsync() => BusyAsync(async () =>
    {
        _isSubmitted = true;
        _theirs = null;
        await CheckAsync();
        if (_parseErrors.Count > 0 || _errors.Count > 0)
        {
            _message = null;
            return;
        }

        var actor = await signedIn.NameAsync();
        var result = Threshold is null
            ? await thresholds.CreateAsync(Input, actor, _closing.Token)
            : await thresholds.UpdateAsync(Threshold.Id, Input, _updatedAt, actor, _closing.Token);
        switch (result.Status)
        {
            case EditStatus.Done:
                Dialog.Close(DialogResult.Ok(Threshold is null ? "Threshold created. It applies from the next job." : "Threshold saved. It applies from the next job."));
                break;
            case EditStatus.Invalid:
                (_errors, _message) = (result.Errors.ToDictionary(), null);
                break;
            case EditStatus.Conflict when await thresholds.GetAsync(Threshold!.Id, _closing.Token) is { } theirs:
                _theirs = theirs;
                _message = $"Someone else has changed this threshold: {(theirs.Enabled ? "" : "disabled, ")}{AlertWords.LimitsOf(theirs)}.";
                break;
            default:
                _message = "Someone else has deleted this threshold. Cancel, or create it again.";
                break;
        }
    });

    private Task TakeTheirsAsync()
    {
        Fill(ThresholdInput.From(_theirs!));
        (_updatedAt, _theirs, _message, _isSubmitted) = (_theirs!.UpdatedAt, null, null, false);
        _touched.Clear();
        return CheckAsync();
    }

    private Task OverwriteAsync()
    {
        _updatedAt = _theirs!.UpdatedAt;
        return SaveAsync();
    }

    private async Task BusyAsync(Func<Task> act)
    {
        _isBusy = true;
        try
        {
            await TryAsync(act);
        }
        finally
        {
            _isBusy = false;
        }
    }

    private async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The dialog was closed.
        }
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            _message = $"{DatabaseFailure.Describe(e)} Nothing was saved.";
        }
    }
}
