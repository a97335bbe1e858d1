using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts;

/// <summary>What rules and mutes must be; used by the API and by dialogs. Errors are messages by field.</summary>
public static class RuleValidation
{
    /// <summary>Jobs in a row, at most.</summary>
    public const int MaxForJobs = 1000;

    /// <summary>A week.</summary>
    public const int MaxWindowMinutes = 10_080;

    /// <summary>Jobs a window may be required to have, at most.</summary>
    public const int MaxMinimumJobs = 1_000_000;

    internal static readonly string Metric =
        $"metric_name must be one of {string.Join(", ", AlertMetric.Figures)}, or quality.NAME with a name of at most {AlertMetric.MaxScoreLength} characters.";

    /// <summary>What is wrong with a threshold. Whether the scope exists, only the database knows.</summary>
    internal static Dictionary<string, string[]> Check(ThresholdInput threshold)
    {
        var (warning, clear) = (threshold.WarningThreshold, threshold.ClearThreshold);
        Dictionary<string, string[]> errors = [];
        errors.Require(AlertMetric.Read(threshold.MetricName) is not null, "metric_name", Metric);
        errors.RequireScope(threshold.ScopeType, threshold.ScopeId);
        errors.RequireDirection(threshold.Direction);
        errors.RequireLimits(warning, threshold.CriticalThreshold, threshold.Direction, threshold.MetricName);
        if (clear is not null)
        {
            errors.Require(IsFinite(clear), "clear_threshold", "clear_threshold must be a finite number or null.");
            errors.Require(
                !IsFinite(clear) || !IsFinite(warning) || clear == warning || IsWorse(threshold.Direction, warning, clear),
                "clear_threshold",
                "clear_threshold must be on the non-alerting side of warning_threshold.");
            errors.RequireRange("clear_threshold", clear, threshold.MetricName);
        }

        errors.Require(threshold.ForJobs is >= 1 and <= MaxForJobs, "for_jobs", $"for_jobs must be a whole number from 1 to {MaxForJobs}.");
        errors.RequireNote("note", threshold.Note);
        return errors;
    }

    /// <summary>What is wrong with a window rule. Whether the scope exists, only the database knows.</summary>
    internal static Dictionary<string, string[]> Check(WindowRuleInput rule)
    {
        Dictionary<string, string[]> errors = [];
        errors.Require(rule.Kind is not null, "kind", $"kind must be one of {string.Join(", ", EnumText.All<WindowRuleKind>())}.");
        if (WindowRuleKinds.HasMetric(rule.Kind))
            errors.Require(AlertMetric.Read(rule.MetricName) is not null, "metric_name", Metric);
        else if (rule.Kind is not null)
            errors.Require(rule.MetricName is null, "metric_name", "metric_name applies only to the kinds average and p95.");
        errors.RequireScope(rule.ScopeType, rule.ScopeId);
        errors.Require(rule.WindowMinutes is >= 1 and <= MaxWindowMinutes, "window_minutes", $"window_minutes must be a whole number from 1 to {MaxWindowMinutes}.");
        errors.Require(rule.MinimumJobs is >= 1 and <= MaxMinimumJobs, "minimum_jobs", $"minimum_jobs must be a whole number from 1 to {MaxMinimumJobs}.");
        errors.RequireDirection(rule.Direction);
        errors.Require(rule.Kind != WindowRuleKind.Silence || rule.Direction != AlertDirection.Below, "direction", "direction must be above for silence.");
        errors.RequireLimits(rule.WarningThreshold, rule.CriticalThreshold, rule.Direction, WindowRuleKinds.Measured(rule.Kind, rule.MetricName));
        errors.RequireNote("note", rule.Note);
        return errors;
    }

    /// <summary>Adds a message about a field unless <paramref name="holds"/>.</summary>
    internal static void Require(this Dictionary<string, string[]> errors, bool holds, string field, string message)
    {
        if (!holds)
            errors[field] = [.. errors.GetValueOrDefault(field, []), message];
    }

    internal static void RequireScope(this Dictionary<string, string[]> errors, AlertScope? scope, long? id)
    {
        errors.Require(scope is not null, "scope_type", "scope_type must be global, workflow or worker.");
        errors.Require(
            scope is null || (scope == AlertScope.Global) == (id is null),
            "scope_id",
            scope == AlertScope.Global ? "scope_id must be null for a global rule." : $"scope_id is required: the id of a {scope?.ToText()}.");
    }

    /// <summary>Adds an error where the scope names no row.</summary>
    internal static async Task RequireScopeExistsAsync(
        this Dictionary<string, string[]> errors, PerfDashDbContext context, AlertScope? scope, long? id, CancellationToken cancellationToken)
    {
        var exists = scope switch
        {
            AlertScope.Workflow => await context.Workflows.AnyAsync(w => w.Id == id, cancellationToken),
            AlertScope.Worker => await context.Workers.AnyAsync(w => w.Id == id, cancellationToken),
            _ => true,
        };
        errors.Require(exists, "scope_id", $"There is no {scope?.ToText()} {id}.");
    }

    internal static void RequireDirection(this Dictionary<string, string[]> errors, AlertDirection? direction) =>
        errors.Require(direction is not null, "direction", "direction must be above or below.");

    internal static void RequireNote(this Dictionary<string, string[]> errors, string field, string? note) => errors.Require(
        note is null || (note.Length <= 1000 && !note.Contains('\0', StringComparison.Ordinal)), field, $"{field} must be at most 1,000 characters.");

    /// <param name="errors">To add to.</param>
    /// <param name="direction">On which side of the limits the bad values are.</param>
    /// <param name="measured">The metric, or the word of a kind of window rule.</param>
    private static void RequireLimits(this Dictionary<string, string[]> errors, float? warning, float? critical, AlertDirection? direction, string? measured)
    {
        errors.Require(IsFinite(warning), "warning_threshold", "warning_threshold is required: a finite number.");
        errors.Require(IsFinite(critical), "critical_threshold", "critical_threshold is required: a finite number.");
        errors.Require(
            !IsFinite(warning) || !IsFinite(critical) || IsWorse(direction, critical, warning),
            "critical_threshold",
            $"critical_threshold must be {(direction == AlertDirection.Below ? "less" : "greater")} than warning_threshold for direction {direction?.ToText()}.");
        errors.RequireRange("warning_threshold", warning, measured);
        errors.RequireRange("critical_threshold", critical, measured);
    }

    /// <summary>Adds an error where a limit lies outside what its metric, or kind of window rule, can measure. Scores may be on any scale.</summary>
    private static void RequireRange(this Dictionary<string, string[]> errors, string field, float? limit, string? measured)
    {
        var problem = measured switch
        {
            _ when !IsFinite(limit) => null,
            AlertMetric.FailedShare when limit is < 0 or > 1 => "must be a share from 0 to 1: 0.05 is 5 %.",
            AlertMetric.Silence when limit <= 0 => "must be a number of minutes above 0.",
            _ when AlertMetric.Figures.Contains(measured) && limit < 0 => "must not be negative: no job measures less than 0.",
            _ => null,
        };
        errors.Require(problem is null, field, $"{field} {problem}");
    }

    private static bool IsFinite(float? value) => value is { } real && float.IsFinite(real);

    private static bool IsWorse(AlertDirection? direction, float? worse, float? better) => direction is null || (direction == AlertDirection.Below ? worse < better : worse > better);
}
