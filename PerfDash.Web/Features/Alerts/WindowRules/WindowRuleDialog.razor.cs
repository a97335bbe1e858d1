using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;
using PerfDash.Web.Features.Alerts.Thresholds;

namespace PerfDash.Web.Features.Alerts.WindowRules;

/// <summary>Makes or changes a window rule.</summary>
public sealed partial class WindowRuleDialog(
    WindowRuleService rules, WindowRuleBackTest backTest, RuleChoiceQueries queries, SignedIn signedIn, TimeProvider time) : IDisposable
{
    private const string Warning = "warning_threshold";
    private const string Critical = "critical_threshold";
    private const string Direction = "direction";
    private const string WindowMinutes = "window_minutes";
    private const string MinimumJobs = "minimum_jobs";
    private const string NoteField = "note";

    private readonly CancellationTokenSource _closing = new();
    private readonly HashSet<string> _touched = [];
    private RuleChoices _choices = RuleChoices.None;
    private WindowRuleKind? _kind = WindowRuleKind.Average;
    private string? _metric = "time_per_frame_ms";
    private AlertScope? _scopeType = AlertScope.Global;
    private long? _scopeId;
    private AlertDirection? _direction = AlertDirection.Above;
    private string? _warning;
    private string? _critical;
    private int _windowMinutes = WindowRuleInput.DefaultWindowMinutes;
    private int _minimumJobs = 1;
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
    private WindowRuleItem? _theirs;

    /// <summary>The rule to change; null: a new one.</summary>
    [Parameter]
    public WindowRuleItem? Rule { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    private string? Measured => WindowRuleKinds.Measured(_kind, _metric);

    private WindowRuleInput Input => new()
    {
        Kind = _kind,
        MetricName = WindowRuleKinds.HasMetric(_kind) ? _metric : null,
        ScopeType = _scopeType,
        ScopeId = _scopeId,
        WindowMinutes = _windowMinutes,
        WarningThreshold = AlertUnits.Read(_warning, Measured).Limit,
        CriticalThreshold = AlertUnits.Read(_critical, Measured).Limit,
        Direction = _kind == WindowRuleKind.Silence ? AlertDirection.Above : _direction,
        MinimumJobs = _minimumJobs,
        Enabled = _enabled,
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
        _updatedAt = Rule?.UpdatedAt;
        if (Rule is not null)
            Fill(WindowRuleInput.From(Rule));
        await TryAsync(async () => _choices = await queries.GetAsync(_closing.Token));
        await CheckAsync();
    }

    private void Fill(WindowRuleInput input)
    {
        (_kind, _metric, _scopeType, _scopeId, _direction) = (input.Kind, input.MetricName ?? _metric, input.ScopeType, input.ScopeId, input.Direction);
        (_warning, _critical) = (AlertUnits.FieldText(input.WarningThreshold, Measured), AlertUnits.FieldText(input.CriticalThreshold, Measured));
        (_windowMinutes, _minimumJobs, _note, _enabled, _mutedUntil) = (input.WindowMinutes, input.MinimumJobs, input.Note, input.Enabled, input.MutedUntil);
    }

    private string? ErrorOf(string field)
    {
        if (!_isSubmitted && !_touched.Contains(field))
            return null;
        if (_parseErrors.TryGetValue(field, out var unreadable))
            return unreadable;
        return _errors.TryGetValue(field, out var messages) ? messages[0] : null;
    }

    // Limits of another kind are of another unit.
    private Task SetKindAsync(WindowRuleKind? kind) => SetAsync(() => (_kind, _warning, _critical, _suggestion) = (kind, null, null, null), "kind");

    private Task SetMetricAsync(string? metric) => SetAsync(() => (_metric, _suggestion) = (metric, null), "metric_name");

    private Task SetScopeAsync((AlertScope? Type, long? Id) scope) =>
        SetAsync(() => (_scopeType, _scopeId) = scope, scope.Type == _scopeType ? "scope_id" : "scope_type");

    private Task SetAsync(Action set, string field)
    {
        set();
        _touched.Add(field);
        return CheckAsync();
    }

    private async Task CheckAsync()
    {
        _parseErrors = [];
        foreach (var (field, text) in new[] { (Warning, _warning), (Critical, _critical) })
        {
            if (AlertUnits.Read(text, Measured).Error is { } error)
                _parseErrors[field] = error;
        }

        var input = Input;
        await TryAsync(async () =>
        {
            var errors = await rules.CheckAsync(input, _closing.Token);
            if (input == Input)
                (_errors, _isChecked) = (errors, true);
        });
    }

    private async Task SuggestAsync()
    {
        _isBusy = true;
        await TryAsync(async () =>
        {
            var now = time.GetUtcNow();
            var result = await backTest.SuggestAsync(Input, new TimeRange(now.AddDays(-30), now), _closing.Token);
            if (result.Item is not { } found)
                _suggestion = string.Join(" ", result.Errors.Values.SelectMany(m => m).Select(AlertWords.ForPeople));
            else if (found is not { WarningThreshold: { } warning, CriticalThreshold: { } critical })
                _suggestion = "No window of the last 30 days had enough jobs.";
            else
                await TakeAsync(found, warning, critical);
        });
        _isBusy = false;
    }

    private Task TakeAsync(WindowSuggestion found, float warning, float critical)
    {
        (_warning, _critical) = (AlertUnits.FieldText(LimitText.Rounded(warning), Measured), AlertUnits.FieldText(LimitText.Rounded(critical), Measured));
        if (_warning == _critical)
            (_warning, _critical) = (AlertUnits.FieldText(warning, Measured), AlertUnits.FieldText(critical, Measured));
        _suggestion = _kind == WindowRuleKind.Silence
            ? "The longest pause of the last 30 days, and twice that."
            : $"{(_direction == AlertDirection.Below ? "p1 and the lowest" : "p99 and the highest")} of {UnitFormat.Counted(found.WindowCount, "window")} of the last 30 days.";
        _touched.UnionWith([Warning, Critical]);
        return CheckAsync();
    }

    private async Task SaveAsync()
    {
        _isBusy = true;
        (_isSubmitted, _theirs) = (true, null);
        await CheckAsync();
        if (_parseErrors.Count == 0 && _errors.Count == 0)
            await TryAsync(StoreAsync);
        else
            _message = null;
        _isBusy = false;
    }

    private async Task StoreAsync()
    {
        var actor = await signedIn.NameAsync();
        var result = Rule is null
            ? await rules.CreateAsync(Input, actor, _closing.Token)
            : await rules.UpdateAsync(Rule.Id, Input, _updatedAt, actor, _closing.Token);
        switch (result.Status)
        {
            case EditStatus.Done:
                Dialog.Close(DialogResult.Ok(Rule is null ? "Window rule created." : "Window rule saved."));
                break;
            case EditStatus.Invalid:
                (_errors, _message) = (result.Errors.ToDictionary(), null);
                break;
            case EditStatus.Conflict when await rules.GetAsync(Rule!.Id, _closing.Token) is { } theirs:
                _theirs = theirs;
                _message = $"Someone else has changed this rule: {(theirs.Enabled ? "" : "disabled, ")}{AlertWords.LimitsOf(theirs)}.";
                break;
            default:
                _message = "Someone else has deleted this rule. Cancel, or create it again.";
                break;
        }
    }

    private Task TakeTheirsAsync()
    {
        Fill(WindowRuleInput.From(_theirs!));
        (_updatedAt, _theirs, _message, _isSubmitted) = (_theirs!.UpdatedAt, null, null, false);
        _touched.Clear();
        return CheckAsync();
    }

    private Task OverwriteAsync()
    {
        _updatedAt = _theirs!.UpdatedAt;
        return SaveAsync();
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
