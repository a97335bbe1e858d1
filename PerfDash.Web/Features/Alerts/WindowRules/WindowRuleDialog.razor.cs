using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts.WindowRules;

/// <summary>Makes or changes a window rule.</summary>
public sealed partial class WindowRuleDialog(WindowRuleService rules, WindowRuleBackTest backTest, TimeProvider time)
{
    private const string DirectionField = "direction";
    private const string WindowMinutes = "window_minutes";
    private const string MinimumJobs = "minimum_jobs";

    private WindowRuleKind? _kind = WindowRuleKind.Average;
    private int _windowMinutes = WindowRuleInput.DefaultWindowMinutes;
    private int _minimumJobs = 1;

    protected override RuleService<AlertWindowRule, WindowRuleItem, WindowRuleInput> Rules => rules;

    protected override string? Measured => WindowRuleKinds.Measured(_kind, Metric);

    protected override (string Noun, string Created, string Saved) Words => ("rule", "Window rule created.", "Window rule saved.");

    protected override WindowRuleInput Input => new()
    {
        Kind = _kind,
        MetricName = WindowRuleKinds.HasMetric(_kind) ? Metric : null,
        ScopeType = ScopeType,
        ScopeId = ScopeId,
        WindowMinutes = _windowMinutes,
        WarningThreshold = AlertUnits.Read(WarningText, Measured).Limit,
        CriticalThreshold = AlertUnits.Read(CriticalText, Measured).Limit,
        Direction = _kind == WindowRuleKind.Silence ? AlertDirection.Above : Direction,
        MinimumJobs = _minimumJobs,
        Enabled = IsEnabled,
        Note = NoteOrNull,
        MutedUntil = MutedUntil,
    };

    protected override WindowRuleInput ToInput(WindowRuleItem item) => WindowRuleInput.From(item);

    protected override string LimitsOf(WindowRuleItem item) => AlertWords.LimitsOf(item);

    protected override void Fill(WindowRuleInput input)
    {
        (_kind, Metric, ScopeType, ScopeId, Direction) = (input.Kind, input.MetricName ?? Metric, input.ScopeType, input.ScopeId, input.Direction);
        (WarningText, CriticalText) = (AlertUnits.FieldText(input.WarningThreshold, Measured), AlertUnits.FieldText(input.CriticalThreshold, Measured));
        (_windowMinutes, _minimumJobs, Note, IsEnabled, MutedUntil) = (input.WindowMinutes, input.MinimumJobs, input.Note, input.Enabled, input.MutedUntil);
    }

    // Limits of another kind are of another unit.
    private Task SetKindAsync(WindowRuleKind? kind) => SetAsync(() => (_kind, WarningText, CriticalText, Suggestion) = (kind, null, null, null), "kind");

    private Task SetMetricAsync(string? metric) => SetAsync(() => (Metric, Suggestion) = (metric, null), "metric_name");

    private Task SetScopeAsync((AlertScope? Type, long? Id) scope) =>
        SetAsync(() => (ScopeType, ScopeId) = scope, scope.Type == ScopeType ? "scope_id" : "scope_type");

    private Task SuggestAsync() => BusyAsync(async () =>
    {
        var now = time.GetUtcNow();
        var result = await backTest.SuggestAsync(Input, new TimeRange(now.AddDays(-30), now), Closing);
        if (result.Item is not { } found)
            Suggestion = string.Join(" ", result.Errors.Values.SelectMany(m => m).Select(AlertWords.ForPeople));
        else if (found is not { WarningThreshold: { } warning, CriticalThreshold: { } critical })
            Suggestion = "No window of the last 30 days had enough jobs.";
        else
            await SuggestLimitsAsync(warning, critical, Basis(found));
    });

    private string Basis(WindowSuggestion found) => _kind == WindowRuleKind.Silence
        ? "The longest pause of the last 30 days, and twice that."
        : $"{(Direction == AlertDirection.Below ? "p1 and the lowest" : "p99 and the highest")} of {UnitFormat.Counted(found.WindowCount, "window")} of the last 30 days.";
}
