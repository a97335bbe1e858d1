using Microsoft.AspNetCore.Components;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Audit;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Web.Features.Alerts.Mutes;

namespace PerfDash.Web.Features.Alerts.Thresholds;

/// <summary>The thresholds, and what can be done with them.</summary>
public sealed partial class ThresholdsSection(ThresholdService thresholds, RuleChoiceQueries choices, RuleActivityQueries activity) : AlertsSection
{
    private IReadOnlyList<ThresholdItem>? _items;
    private RuleChoices _choices = RuleChoices.None;
    private IReadOnlyDictionary<long, RuleActivity> _activity = new Dictionary<long, RuleActivity>();

    /// <summary>Set: the dialog for a new one opens with the page.</summary>
    [SupplyParameterFromQuery(Name = "new")]
    public string? StartsNew { get; set; }

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var items = thresholds.ListAsync(cancellationToken);
        var known = choices.GetAsync(cancellationToken);
        var fired = activity.OfThresholdsAsync(Now.UtcDateTime.AddDays(-30), cancellationToken);
        await Task.WhenAll(items, known, fired);
        (_items, _choices, _activity) = (await items, await known, await fired);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || StartsNew is null)
            return;
        // Out of the address first: a dialog does not outlive a change of it, and going back must not open it again.
        Address.Set("new", null, replace: true);
        await InvokeAsync(CreateAsync);
    }

    private string Scope(ThresholdItem threshold) => AlertWords.ScopeOf(threshold.ScopeType, threshold.ScopeId, _choices, "Every workflow");

    private string NameOf(ThresholdItem threshold) => $"{AlertMeasure.NameOf(threshold.MetricName)}, {Scope(threshold)}";

    private Task CreateAsync() => ShowAsync<ThresholdDialog>("New threshold", [], Form);

    private Task EditAsync(ThresholdItem threshold) => ShowAsync<ThresholdDialog>("Edit threshold", new() { { d => d.Rule, threshold } }, Form);

    private Task MuteAsync(ThresholdItem threshold) =>
        ShowAsync<MuteDialog>("Mute", new() { { d => d.Targets, [new($"This threshold: {NameOf(threshold)}", MuteKind.Threshold, threshold.Id)] } }, Question);

    private Task UnmuteAsync(ThresholdItem threshold) => ChangeAsync(threshold, ThresholdInput.From(threshold) with { MutedUntil = null }, null);

    private Task SwitchAsync(ThresholdItem threshold, bool on) => ChangeAsync(
        threshold, ThresholdInput.From(threshold) with { Enabled = on }, on ? "Enabled. Applies from the next job." : "Disabled. Its open alerts are resolved.");

    private Task ChangeAsync(ThresholdItem threshold, ThresholdInput input, string? done) => ActAsync(async actor =>
        (await thresholds.UpdateAsync(threshold.Id, input, threshold.UpdatedAt, actor, CancellationToken.None)).ToMessage("threshold", done));

    private async Task DeleteAsync(ThresholdItem threshold)
    {
        if (!await AskAsync("Delete threshold", $"{NameOf(threshold)}: {AlertWords.LimitsOf(threshold)}. Its open alerts will be resolved. The alert history is kept.", "Delete"))
            return;
        await ActAsync(async actor => (await thresholds.DeleteAsync(threshold.Id, threshold.UpdatedAt, actor, CancellationToken.None)).ToMessage("threshold", "Threshold deleted."));
    }

    private string Csv() => TableCsv.Write(
        ["Threshold", "Metric", "Scope", "Scope id", "Scope name", "Direction", "Warning", "Critical", "Clear", "Unit", "Jobs in a row", "Enabled", "Muted until (UTC)", "Last fired (UTC)", "Alerts in 30 days", "Note"],
        _items!.Select(t => (IReadOnlyList<object?>)
        [
            t.Id, t.MetricName, t.ScopeType, t.ScopeId, _choices.NameOf(t.ScopeType, t.ScopeId), t.Direction,
            t.WarningThreshold, t.CriticalThreshold, t.ClearThreshold, AlertMeasure.UnitOf(t.MetricName), t.ForJobs, t.Enabled ? "yes" : "no", t.MutedUntil,
            _activity.GetValueOrDefault(t.Id)?.LastOpenedAt, _activity.GetValueOrDefault(t.Id)?.IncidentCount ?? 0, t.Note,
        ]));
}
