using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Web.Features.Alerts.Mutes;
using PerfDash.Web.Features.Alerts.Thresholds;

namespace PerfDash.Web.Features.Alerts.Incidents;

/// <summary>The incidents of the range, with what can be done about them.</summary>
public sealed partial class IncidentsSection(
    AlertQueries alerts, ThresholdService thresholds, WindowRuleService windowRules, IncidentService incidents, ThresholdSuggestions suggestions) : AlertsSection
{
    private const int Limit = 100;
    private const string CurrentState = "current";

    private static readonly (string? Word, string Label)[] States =
        [(null, "All"), (CurrentState, "Active"), .. Enum.GetValues<IncidentState>().Select(s => (s.ToText(), s.Label()))];

    private static readonly AlertSeverity?[] Severities = [null, AlertSeverity.Critical, AlertSeverity.Warning];

    private IReadOnlyList<AlertItem>? _items;
    private Dictionary<long, ThresholdItem> _thresholds = [];
    private Dictionary<long, WindowRuleItem> _windowRules = [];
    private AlertItem? _outside;
    private string? _next;
    private string? _rule;
    private bool _hasRules = true;

    /// <summary><c>open</c>, <c>acknowledged</c>, <c>resolved</c>, or <c>current</c> for the first two.</summary>
    [SupplyParameterFromQuery(Name = "state")]
    public string? State { get; set; }

    /// <summary><c>warning</c> or <c>critical</c>.</summary>
    [SupplyParameterFromQuery(Name = "severity")]
    public string? Worst { get; set; }

    /// <summary>Only those of this threshold.</summary>
    [SupplyParameterFromQuery(Name = "threshold_id")]
    public long? ThresholdId { get; set; }

    /// <summary>Only those of this window rule.</summary>
    [SupplyParameterFromQuery(Name = "window_rule_id")]
    public long? WindowRuleId { get; set; }

    /// <summary>The incident whose details are shown.</summary>
    [SupplyParameterFromQuery(Name = "incident")]
    public long? IncidentId { get; set; }

    /// <summary>Leads to older incidents.</summary>
    [SupplyParameterFromQuery(Name = "cursor")]
    public string? Cursor { get; set; }

    protected override bool IsLive => true;

    protected override object? Choice => (StateWord, Chosen, ThresholdId, WindowRuleId, IncidentId, Cursor);

    private string? StateWord => States.Any(s => s.Word == State) ? State : null;

    private AlertSeverity? Chosen => EnumText.Find<AlertSeverity>(Worst);

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var page = ListAsync(range, filter, cancellationToken);
        var ofJobs = thresholds.ListAsync(cancellationToken);
        var ofWindows = windowRules.ListAsync(cancellationToken);
        await Task.WhenAll(page, ofJobs, ofWindows);
        var (items, next) = await page;
        var outside = IncidentId is { } id && !items.Any(i => i.Id == id) ? await alerts.GetAsync(id, cancellationToken) : null;
        (_items, _next, _outside) = (items, next, outside);
        (_thresholds, _windowRules) = ((await ofJobs).ToDictionary(t => t.Id), (await ofWindows).ToDictionary(r => r.Id));
        _hasRules = _thresholds.Count + _windowRules.Count > 0;
        _rule = ThresholdId is { } t && _thresholds.GetValueOrDefault(t) is { } threshold
            ? $"{AlertMeasure.NameOf(threshold.MetricName)}: {AlertWords.LimitsOf(threshold)}"
            : WindowRuleId is { } r && _windowRules.GetValueOrDefault(r) is { } rule ? $"{AlertWords.NameOf(rule.Kind, rule.MetricName)}: {AlertWords.LimitsOf(rule)}" : null;
    }

    private async Task<(IReadOnlyList<AlertItem> Items, string? Next)> ListAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        if (StateWord == CurrentState)
        {
            var current = await alerts.GetCurrentAsync(AlertQueries.MaxLimit, cancellationToken);
            return ([.. current.Where(Matches)], null);
        }

        var page = await alerts.ListAsync(
            new AlertFilter
            {
                State = EnumText.Find<IncidentState>(StateWord),
                Severity = Chosen,
                SubjectType = filter.WorkerId is null ? null : AlertSubject.Worker,
                SubjectId = filter.WorkerId,
                ThresholdId = ThresholdId,
                WindowRuleId = WindowRuleId,
                From = range.From.UtcDateTime,
                // A worker's clock may run ahead: what is open counts as of now.
                To = Query.IsMoving ? null : range.To.UtcDateTime,
            },
            Limit,
            Cursor,
            cancellationToken) ?? throw new PageAddressException("The address does not point to a page of alerts. Go back to the newest alerts.");
        return (page.Items, page.NextCursor);

        bool Matches(AlertItem alert) =>
            (Chosen is null || alert.Severity == Chosen)
            && (ThresholdId is null || alert.ThresholdId == ThresholdId)
            && (WindowRuleId is null || alert.WindowRuleId == WindowRuleId)
            && (filter.WorkerId is null || (alert.SubjectType == AlertSubject.Worker && alert.SubjectId == filter.WorkerId));
    }

    private string RuleOf(AlertItem alert) =>
        alert.ThresholdId is { } id
            ? _thresholds.GetValueOrDefault(id) is { } threshold ? AlertWords.LimitsOf(threshold) : "by a deleted threshold"
            : alert.WindowRuleId is { } rule && _windowRules.GetValueOrDefault(rule) is { } window
                ? (WindowRuleKinds.HasMetric(window.Kind) ? $"{(window.Kind == WindowRuleKind.P95 ? "95th percentile" : "average")}: " : "") + AlertWords.LimitsOf(window)
                : "by a deleted window rule";

    /// <summary>Another filter starts with the latest again, and nothing opened.</summary>
    private string First(string name, string? value) => Navigation.GetUriWithQueryParameters(
        new Dictionary<string, object?> { [name] = value, ["cursor"] = null, ["incident"] = null });

    private void ShowAllRules() => Address.Set(
        new Dictionary<string, object?> { ["threshold_id"] = null, ["window_rule_id"] = null, ["cursor"] = null });

    private async Task AcknowledgeAsync(AlertItem alert)
    {
        var parameters = new DialogParameters<AcknowledgeDialog> { { d => d.Alert, alert } };
        var dialog = await Dialogs.ShowAsync<AcknowledgeDialog>(alert.State == IncidentState.Open ? "Acknowledge alert" : "Comment on alert", parameters, Question);
        if (await dialog.Result is not { Canceled: false, Data: string comment })
            return;
        await ActAsync(async actor => (await incidents.AcknowledgeAsync(alert.Id, comment, actor, CancellationToken.None)).Status switch
        {
            EditStatus.Done => null,
            EditStatus.Conflict => ("The alert has already resolved. Nothing was changed.", Severity.Warning),
            EditStatus.Invalid => ("The comment is too long: at most 1,000 characters.", Severity.Error),
            _ => ("This alert no longer exists.", Severity.Warning),
        });
    }

    private Task MuteAsync(AlertItem alert)
    {
        List<MuteTarget> targets = [];
        if (alert.ThresholdId is { } threshold && _thresholds.ContainsKey(threshold))
            targets.Add(new($"This threshold: {AlertMeasure.NameOf(alert.MetricName)}", MuteKind.Threshold, threshold));
        if (alert.WindowRuleId is { } rule && _windowRules.ContainsKey(rule))
            targets.Add(new($"This window rule: {AlertMeasure.NameOf(alert.MetricName)}", MuteKind.WindowRule, rule));
        if (alert.SubjectId is { } subject)
            targets.Add(new($"Everything about {AlertWords.SubjectOf(alert)}", MuteKind.Scope, subject, alert.SubjectType.ToScope()));
        targets.Add(new("All alerts", MuteKind.Scope, null, AlertScope.Global));
        return ShowAsync<MuteDialog>("Mute", new() { { d => d.Targets, targets } }, Question);
    }

    private async Task BaselineAsync(AlertItem alert)
    {
        BaselineProposal? proposal = null;
        try
        {
            proposal = await suggestions.BaselineAsync(alert.Id, Now, CancellationToken.None);
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            Snackbar.Add(PageFailure.Report(e, Logs.CreateLogger(GetType())), Severity.Error);
            return;
        }

        if (proposal is not { Measured: { WarningThreshold: not null, SampleSize: > 0 } measured })
        {
            Snackbar.Add(proposal is null ? "The threshold has been deleted." : "No job has reported this metric since the alert opened.", Severity.Warning);
            return;
        }

        var now = _thresholds.GetValueOrDefault(alert.ThresholdId ?? 0);
        var intro = $"Limits from the {UnitFormat.Counted(measured.SampleSize, "job")} of {AlertWords.SubjectOf(alert)} since it opened"
            + (now is null ? "." : $"; the current limits are: {AlertWords.LimitsOf(now)}.")
            + (proposal.ThresholdId is null ? " The threshold applies to every workflow. A new threshold is created for this workflow; the existing one stays." : "");
        await ShowAsync<ThresholdDialog>(
            "Accept as new baseline",
            new()
            {
                { d => d.Start, proposal.Threshold },
                { d => d.Rule, proposal.ThresholdId is null ? null : now },
                { d => d.Intro, intro },
            },
            Form);
    }

    private string Csv() => TableCsv.Write(
        ["Alert", "Severity", "State", "Affects", "Metric", "Value when opened", "Worst value", "Latest value", "Unit", "Opened (UTC)", "Raised (UTC)", "Resolved (UTC)", "Acknowledged (UTC)", "Acknowledged by", "Comment", "Job", "Rule"],
        _items!.Select(a => (IReadOnlyList<object?>)
        [
            a.Id, a.Severity, a.State, AlertWords.SubjectOf(a), a.MetricName, a.OpenedValue, a.WorstValue, a.LastValue, AlertMeasure.UnitOf(a.MetricName),
            a.OpenedAt, a.RaisedAt, a.ResolvedAt, a.AcknowledgedAt, a.AcknowledgedBy, a.AcknowledgeComment, a.JobId, RuleOf(a),
        ]));
}
