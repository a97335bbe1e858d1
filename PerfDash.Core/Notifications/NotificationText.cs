using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications;

/// <summary>Puts a change into words.</summary>
internal static class NotificationText
{
    /// <summary>One line: <c>Critical: time per frame of Portrait is 812.5 ms</c>.</summary>
    public static string TitleOf(IncidentChange change)
    {
        var head = (change.Event, change.Alert.Severity) switch
        {
            _ when change.IsTest => "Test",
            (IncidentEvent.Resolved, _) => "Resolved",
            (IncidentEvent.Raised, _) => "Raised to critical",
            (_, AlertSeverity.Critical) => "Critical",
            _ => "Warning",
        };
        return $"{head}: {SituationOf(change)}";
    }

    /// <summary>What else there is to know, in sentences.</summary>
    public static string TextOf(IncidentChange change)
    {
        var sentences = new List<string>();
        // Neither is known where the rule's row was deleted in SQL.
        if (change.Threshold is not null || change.WindowRule is not null)
            sentences.Add(LimitsOf(change));
        if (change.Comment is { Length: > 0 } comment)
            sentences.Add(Sentence(comment));
        if (change.Alert.JobId is { } job && change.Event != IncidentEvent.Resolved)
            sentences.Add($"Job {job}{Optional(" of ", change.WorkflowName)}{Optional(" on ", change.WorkerName)}.");
        if ((change.Threshold?.Note ?? change.WindowRule?.Note) is { Length: > 0 } note)
            sentences.Add(Sentence(note));
        return string.Join(' ', sentences);
    }

    private static string SituationOf(IncidentChange change)
    {
        var subject = change.Alert.SubjectName
            ?? (change.Alert.SubjectId is { } id ? $"{change.Alert.SubjectType.ToText()} {id}" : "the farm");
        if (change.WindowRule?.Kind == WindowRuleKind.Silence)
        {
            return change.Event == IncidentEvent.Resolved
                ? $"{subject} is completing jobs again"
                : $"no job of {subject} completed{(change.Value is { } minutes ? $" for {AlertUnits.Value(minutes, AlertMetric.Silence)}" : "")}";
        }

        var value = change.Value is { } v ? $" is {AlertUnits.Value(v, MeasuredBy(change))}" : "";
        return $"{WhatOf(change)} of {subject}{value}";
    }

    private static string LimitsOf(IncidentChange change)
    {
        var (warning, critical, direction) = change.Threshold is { } t
            ? (t.WarningThreshold, t.CriticalThreshold, t.Direction)
            : (change.WindowRule!.WarningThreshold, change.WindowRule.CriticalThreshold, change.WindowRule.Direction);
        var side = AlertUnits.Side(direction);
        var row = change.Threshold is { ForJobs: > 1 } rule ? $", {rule.ForJobs} jobs in a row" : "";
        return $"Warning {side} {AlertUnits.Limit(warning, MeasuredBy(change))}, critical {side} {AlertUnits.Limit(critical, MeasuredBy(change))}{row}.";
    }

    private static string WhatOf(IncidentChange change)
    {
        if (change.WindowRule is not { } rule)
            return NameOf(change.Alert.MetricName);
        var over = $"over {AlertUnits.Limit(rule.WindowMinutes, AlertMetric.Silence)}";
        return rule.Kind switch
        {
            WindowRuleKind.Average => $"average {NameOf(rule.MetricName)} {over}",
            WindowRuleKind.P95 => $"95th percentile of {NameOf(rule.MetricName)} {over}",
            WindowRuleKind.FailedShare => $"share of failed jobs {over}",
            _ => throw new ArgumentOutOfRangeException(nameof(change), rule.Kind, "A kind of window rule without words."),
        };
    }

    private static string NameOf(string? metric) => metric switch
    {
        "time_per_frame_ms" => "time per frame",
        "total_gpu_time_ms" => "GPU time",
        "total_wall_time_ms" => "wall time",
        "vram_peak_mb" => "peak VRAM",
        _ when metric?.StartsWith("quality.", StringComparison.Ordinal) is true => DisplayName.InSentence(metric["quality.".Length..]),
        _ => metric ?? "",
    };

    private static string? MeasuredBy(IncidentChange change) => change.WindowRule is { } rule ? WindowRuleKinds.Measured(rule.Kind, rule.MetricName) : change.Alert.MetricName;

    private static string Optional(string before, string? name) => name is null ? "" : before + name;

    private static string Sentence(string text) => text.EndsWith('.') || text.EndsWith('!') || text.EndsWith('?') ? text : text + ".";
}
