using System.Globalization;
using PerfDash.Core.Alerts;
using PerfDash.Core.Metrics;

namespace PerfDash.Core.Notifications;

/// <summary>Puts a change into words.</summary>
internal static class NotificationText
{
    /// <summary>One line: <c>Critical: time per frame of Portrait is 812.5 ms</c>.</summary>
    public static string TitleOf(IncidentChange change)
    {
        var head = (change.Event, change.Alert.Severity) switch
        {
            ("resolved", _) => "Resolved",
            ("raised", _) => "Raised to critical",
            ("test", _) => "Test",
            (_, "critical") => "Critical",
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
        if (change.Alert.JobId is { } job && change.Event != "resolved")
            sentences.Add($"Job {job}{Of(" of ", change.WorkflowName)}{Of(" on ", change.WorkerName)}.");
        if ((change.Threshold?.Note ?? change.WindowRule?.Note) is { Length: > 0 } note)
            sentences.Add(Sentence(note));
        return string.Join(' ', sentences);
    }

    private static string SituationOf(IncidentChange change)
    {
        var subject = change.Alert.SubjectName
            ?? (change.Alert.SubjectId is { } id ? $"{change.Alert.SubjectType} {id}" : "the farm");
        if (change.WindowRule?.Kind == "silence")
        {
            return change.Event == "resolved"
                ? $"{subject} is completing jobs again"
                : $"no job of {subject} completed{(change.Value is { } minutes ? $" for {Number(minutes)} minutes" : "")}";
        }

        var value = change.Value is { } v ? $" is {Measure(v, change)}" : "";
        return $"{WhatOf(change)} of {subject}{value}";
    }

    private static string LimitsOf(IncidentChange change)
    {
        var (warning, critical, direction) = change.Threshold is { } t
            ? (t.WarningThreshold, t.CriticalThreshold, t.Direction)
            : (change.WindowRule!.WarningThreshold, change.WindowRule.CriticalThreshold, change.WindowRule.Direction);
        var side = direction == "below" ? "at or below" : "at or above";
        var row = change.Threshold is { ForJobs: > 1 } rule ? $", {rule.ForJobs} jobs in a row" : "";
        return $"Warning {side} {Measure(warning, change)}, critical {side} {Measure(critical, change)}{row}.";
    }

    private static string WhatOf(IncidentChange change)
    {
        if (change.WindowRule is not { } rule)
            return NameOf(change.Alert.MetricName);
        var over = $"over {rule.WindowMinutes} minutes";
        return rule.Kind switch
        {
            "average" => $"average {NameOf(rule.MetricName)} {over}",
            "p95" => $"95th percentile of {NameOf(rule.MetricName)} {over}",
            _ => $"share of failed jobs {over}",
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

    // A limit is a REAL: its own shortest digits, not those of the double it becomes.
    private static string Measure(float limit, IncidentChange change) => Measure(AlertMetric.AsWritten(limit), change);

    private static string Measure(double value, IncidentChange change) => change.WindowRule?.Kind switch
    {
        "failed_share" => Number(value * 100) + " %",
        "silence" => Number(value) + " minutes",
        _ => (change.WindowRule?.MetricName ?? change.Alert.MetricName) switch
        {
            "vram_peak_mb" => Number(value) + " MB",
            var metric when metric.EndsWith("_ms", StringComparison.Ordinal) => Number(value) + " ms",
            _ => Number(value),
        },
    };

    private static string Number(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);

    private static string Of(string before, string? name) => name is null ? "" : before + name;

    private static string Sentence(string text) => text.EndsWith('.') || text.EndsWith('!') || text.EndsWith('?') ? text : text + ".";
}
