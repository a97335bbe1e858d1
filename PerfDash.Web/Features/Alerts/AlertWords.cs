using System.Globalization;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts;

/// <summary>Rules and incidents in words.</summary>
public static class AlertWords
{
    /// <summary>A moment to come, in little room.</summary>
    public static string Soon(DateTime moment) => moment.ToString("d MMM HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A moment beside another one: its date only where it is another day.</summary>
    public static string MomentAfter(DateTime moment, DateTime first) =>
        moment.Date == first.Date ? moment.ToString("HH:mm:ss", CultureInfo.InvariantCulture) : UnitFormat.Moment(moment);

    /// <summary>How long ago, for tables: <c>3m 12s ago</c>.</summary>
    public static string Ago(DateTime moment, DateTimeOffset now) => $"{UnitFormat.Duration(Math.Max(0, (now.UtcDateTime - moment).TotalMilliseconds))} ago";

    /// <summary>Whom an incident concerns.</summary>
    public static string SubjectOf(AlertItem alert) => alert.SubjectType == AlertSubject.Farm
        ? "Entire farm"
        : alert.SubjectName ?? $"{alert.SubjectType.ToText()} {alert.SubjectId} (deleted)";

    /// <summary>The page of whom it concerns; null for the farm.</summary>
    public static string? PageOf(AlertItem alert) => alert is not { SubjectId: { } id }
        ? null
        : alert.SubjectType == AlertSubject.Workflow ? PerfDashUrls.Workflow(id) : PerfDashUrls.Worker(id);

    /// <summary>Where a rule holds.</summary>
    public static string ScopeOf(AlertScope scopeType, long? scopeId, RuleChoices choices, string everywhere) => scopeType == AlertScope.Global
        ? everywhere
        : choices.NameOf(scopeType, scopeId) ?? $"{scopeType.ToText()} {scopeId} (deleted)";

    /// <summary>The limits of a threshold in one line.</summary>
    public static string LimitsOf(ThresholdItem threshold) =>
        $"warning {AlertUnits.Side(threshold.Direction)} {AlertMeasure.Limit(threshold.WarningThreshold, threshold.MetricName)}, critical {AlertUnits.Side(threshold.Direction)} {AlertMeasure.Limit(threshold.CriticalThreshold, threshold.MetricName)}"
        + (threshold.ForJobs > 1 ? $", after {threshold.ForJobs} jobs in a row" : "");

    /// <summary>The limits of a window rule in one line.</summary>
    public static string LimitsOf(WindowRuleItem rule) =>
        $"warning {AlertUnits.Side(rule.Direction)} {AlertMeasure.Limit(rule.WarningThreshold, Measured(rule))}, critical {AlertUnits.Side(rule.Direction)} {AlertMeasure.Limit(rule.CriticalThreshold, Measured(rule))}"
        + (rule.Kind == WindowRuleKind.Silence ? "" : $", over {UnitFormat.Length(rule.WindowMinutes)}");

    /// <summary>What a window rule measures: <c>average of Time per frame</c>.</summary>
    public static string NameOf(WindowRuleKind? kind, string? metric) => kind switch
    {
        WindowRuleKind.Average => $"Average of {Lower(AlertMeasure.NameOf(metric))}",
        WindowRuleKind.P95 => $"95th percentile of {Lower(AlertMeasure.NameOf(metric))}",
        _ => AlertMeasure.NameOf(kind?.ToText()),
    };

    /// <summary>What gives a window rule's limits their unit.</summary>
    public static string? Measured(WindowRuleItem rule) => WindowRuleKinds.Measured(rule.Kind, rule.MetricName);

    /// <summary>When an alert opens, in a column.</summary>
    public static string Breach(AlertDirection direction) => direction == AlertDirection.Below ? "≤ limit" : "≥ limit";

    /// <summary>A severity, a state or another word of alerts, as a label.</summary>
    public static string Label(this Enum value) => Capital(value.ToText());

    public static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..].Replace('_', ' ');

    /// <summary>What an open incident fired at and what it is now, in few words: <c>: 300 s, now 12.6 s</c>.</summary>
    public static string ValuesOf(AlertItem alert)
    {
        var (opened, latest) = (AlertMeasure.Value(alert.OpenedValue, alert.MetricName), AlertMeasure.Value(alert.LastValue, alert.MetricName));
        return (alert.OpenedValue, alert.LastValue) switch
        {
            (null, null) => "",
            (null, _) => $": {latest}",
            (_, null) => $": {opened}",
            _ => opened == latest ? $": {opened}" : $": {opened}, now {latest}",
        };
    }

    /// <summary>How long an incident lasted, or has lasted so far.</summary>
    public static string Lasted(AlertItem alert, DateTimeOffset now) =>
        UnitFormat.Duration(Math.Max(0, ((alert.ResolvedAt ?? now.UtcDateTime) - alert.OpenedAt).TotalMilliseconds));

    /// <summary>A message of a service's check, with what fields are called in a dialog in place of their names in the API.</summary>
    public static string ForPeople(string message)
    {
        foreach (var (field, name) in Fields)
            message = message.Replace(field, name, StringComparison.Ordinal);
        return Capital(message);
    }

    private static readonly (string Field, string Name)[] Fields =
    [
        ("critical_threshold", "the critical limit"), ("warning_threshold", "the warning limit"), ("clear_threshold", "the clear value"),
        ("metric_name", "the metric"), ("scope_id", "the name"), ("scope_type", "the scope"), ("for_jobs", "jobs in a row"),
        ("window_minutes", "the window"), ("minimum_jobs", "the minimum number of jobs"), ("minimum_severity", "the severity"),
    ];

    private static string Lower(string name) => name.Length > 1 && char.IsLower(name[1]) ? char.ToLowerInvariant(name[0]) + name[1..] : name;
}
