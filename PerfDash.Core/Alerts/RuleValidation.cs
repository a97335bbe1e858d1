using FluentValidation;
using FluentValidation.Results;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts;

/// <summary>What a threshold must be; used by the API and by dialogs. Whether the scope exists, only the database knows.</summary>
public sealed class ThresholdValidator : AbstractValidator<ThresholdInput>
{
    /// <summary>Jobs in a row, at most.</summary>
    public const int MaxForJobs = 1000;

    /// <summary>The rules.</summary>
    public ThresholdValidator()
    {
        RuleFor(t => t.MetricName).Must(name => AlertMetric.Read(name) is not null).OverridePropertyName("metric_name").WithMessage(RuleTexts.Metric);
        RuleFor(t => t.ScopeType).NotNull().OverridePropertyName("scope_type").WithMessage(RuleTexts.Scope);
        RuleFor(t => t.ScopeId).Must((t, id) => RuleTexts.ScopeFits(t.ScopeType, id)).OverridePropertyName("scope_id")
            .WithMessage(t => RuleTexts.ScopeIdOf(t.ScopeType));
        RuleFor(t => t.Direction).NotNull().OverridePropertyName("direction").WithMessage(RuleTexts.Direction);
        RuleFor(t => t.WarningThreshold).Must(RuleTexts.IsFinite).OverridePropertyName("warning_threshold").WithMessage("warning_threshold is required: a finite number.");
        RuleFor(t => t.CriticalThreshold).Must(RuleTexts.IsFinite).OverridePropertyName("critical_threshold").WithMessage("critical_threshold is required: a finite number.");
        RuleFor(t => t.CriticalThreshold).Must((t, critical) => RuleTexts.IsWorse(t.Direction, critical, t.WarningThreshold)).OverridePropertyName("critical_threshold")
            .WithMessage(t => RuleTexts.WorseThanWarning(t.Direction)).When(t => RuleTexts.IsFinite(t.WarningThreshold) && RuleTexts.IsFinite(t.CriticalThreshold));
        RuleFor(t => t.ClearThreshold).Must(RuleTexts.IsFinite).OverridePropertyName("clear_threshold").WithMessage("clear_threshold must be a finite number or null.")
            .When(t => t.ClearThreshold is not null);
        RuleFor(t => t.ClearThreshold).Must((t, clear) => clear == t.WarningThreshold || RuleTexts.IsWorse(t.Direction, t.WarningThreshold, clear))
            .OverridePropertyName("clear_threshold").WithMessage("clear_threshold must be on the non-alerting side of warning_threshold.")
            .When(t => RuleTexts.IsFinite(t.ClearThreshold) && RuleTexts.IsFinite(t.WarningThreshold));
        RuleFor(t => t.WarningThreshold).Custom((limit, check) => RuleTexts.CheckRange("warning_threshold", limit, check.InstanceToValidate.MetricName, check));
        RuleFor(t => t.CriticalThreshold).Custom((limit, check) => RuleTexts.CheckRange("critical_threshold", limit, check.InstanceToValidate.MetricName, check));
        RuleFor(t => t.ClearThreshold).Custom((limit, check) => RuleTexts.CheckRange("clear_threshold", limit, check.InstanceToValidate.MetricName, check));
        RuleFor(t => t.ForJobs).InclusiveBetween(1, MaxForJobs).OverridePropertyName("for_jobs").WithMessage($"for_jobs must be a whole number from 1 to {MaxForJobs}.");
        RuleFor(t => t.Note).Must(RuleTexts.IsNote).OverridePropertyName("note").WithMessage(RuleTexts.Note);
    }
}

/// <summary>What a window rule must be.</summary>
public sealed class WindowRuleValidator : AbstractValidator<WindowRuleInput>
{
    /// <summary>A week.</summary>
    public const int MaxWindowMinutes = 10_080;

    /// <summary>Jobs a window may be required to have, at most.</summary>
    public const int MaxMinimumJobs = 1_000_000;

    /// <summary>The rules.</summary>
    public WindowRuleValidator()
    {
        RuleFor(r => r.Kind).NotNull().OverridePropertyName("kind").WithMessage($"kind must be one of {string.Join(", ", EnumText.All<WindowRuleKind>())}.");
        RuleFor(r => r.MetricName).Must(name => AlertMetric.Read(name) is not null).OverridePropertyName("metric_name").WithMessage(RuleTexts.Metric)
            .When(r => WindowRuleKinds.HasMetric(r.Kind));
        RuleFor(r => r.MetricName).Null().OverridePropertyName("metric_name").WithMessage("metric_name applies only to the kinds average and p95.")
            .When(r => r.Kind is WindowRuleKind.FailedShare or WindowRuleKind.Silence);
        RuleFor(r => r.ScopeType).NotNull().OverridePropertyName("scope_type").WithMessage(RuleTexts.Scope);
        RuleFor(r => r.ScopeId).Must((r, id) => RuleTexts.ScopeFits(r.ScopeType, id)).OverridePropertyName("scope_id")
            .WithMessage(r => RuleTexts.ScopeIdOf(r.ScopeType));
        RuleFor(r => r.WindowMinutes).InclusiveBetween(1, MaxWindowMinutes).OverridePropertyName("window_minutes")
            .WithMessage($"window_minutes must be a whole number from 1 to {MaxWindowMinutes}.");
        RuleFor(r => r.MinimumJobs).InclusiveBetween(1, MaxMinimumJobs).OverridePropertyName("minimum_jobs")
            .WithMessage($"minimum_jobs must be a whole number from 1 to {MaxMinimumJobs}.");
        RuleFor(r => r.Direction).NotNull().OverridePropertyName("direction").WithMessage(RuleTexts.Direction);
        RuleFor(r => r.Direction).NotEqual(AlertDirection.Below).OverridePropertyName("direction").WithMessage("direction must be above for silence.").When(r => r.Kind == WindowRuleKind.Silence);
        RuleFor(r => r.WarningThreshold).Must(RuleTexts.IsFinite).OverridePropertyName("warning_threshold").WithMessage("warning_threshold is required: a finite number.");
        RuleFor(r => r.CriticalThreshold).Must(RuleTexts.IsFinite).OverridePropertyName("critical_threshold").WithMessage("critical_threshold is required: a finite number.");
        RuleFor(r => r.CriticalThreshold).Must((r, critical) => RuleTexts.IsWorse(r.Direction, critical, r.WarningThreshold)).OverridePropertyName("critical_threshold")
            .WithMessage(r => RuleTexts.WorseThanWarning(r.Direction)).When(r => RuleTexts.IsFinite(r.WarningThreshold) && RuleTexts.IsFinite(r.CriticalThreshold));
        RuleFor(r => r.WarningThreshold).Custom((limit, check) => RuleTexts.CheckRange("warning_threshold", limit, Measured(check.InstanceToValidate), check));
        RuleFor(r => r.CriticalThreshold).Custom((limit, check) => RuleTexts.CheckRange("critical_threshold", limit, Measured(check.InstanceToValidate), check));
        RuleFor(r => r.Note).Must(RuleTexts.IsNote).OverridePropertyName("note").WithMessage(RuleTexts.Note);
    }

    private static string? Measured(WindowRuleInput rule) => WindowRuleKinds.Measured(rule.Kind, rule.MetricName);
}

/// <summary>What both kinds of rules have in common.</summary>
internal static class RuleTexts
{
    public const string Scope = "scope_type must be global, workflow or worker.";
    public const string Direction = "direction must be above or below.";
    public const string Note = "note must be at most 1,000 characters.";

    public static readonly string Metric =
        $"metric_name must be one of {string.Join(", ", AlertMetric.Figures)}, or quality.NAME with a name of at most {AlertMetric.MaxScoreLength} characters.";

    public static bool ScopeFits(AlertScope? scope, long? id) => scope is null || (scope == AlertScope.Global) == (id is null);

    public static string ScopeIdOf(AlertScope? scope) => scope == AlertScope.Global
        ? "scope_id must be null for a global rule."
        : $"scope_id is required: the id of a {scope?.ToText()}.";

    public static bool IsFinite(float? value) => value is { } real && float.IsFinite(real);

    public static bool IsWorse(AlertDirection? direction, float? worse, float? better) => direction is null || (direction == AlertDirection.Below ? worse < better : worse > better);

    public static string WorseThanWarning(AlertDirection? direction) =>
        $"critical_threshold must be {(direction == AlertDirection.Below ? "less" : "greater")} than warning_threshold for direction {direction?.ToText()}.";

    /// <summary>Adds a failure where a limit lies outside what its metric, or kind of window rule, can measure. Scores may be on any scale.</summary>
    public static void CheckRange<T>(string field, float? limit, string? measured, ValidationContext<T> check)
    {
        if (!IsFinite(limit))
            return;
        var problem = measured switch
        {
            AlertMetric.FailedShare when limit is < 0 or > 1 => "must be a share from 0 to 1: 0.05 is 5 %.",
            AlertMetric.Silence when limit <= 0 => "must be a number of minutes above 0.",
            _ when AlertMetric.Figures.Contains(measured) && limit < 0 => "must not be negative: no job measures less than 0.",
            _ => null,
        };
        if (problem is not null)
            check.AddFailure(field, $"{field} {problem}");
    }

    public static bool IsNote(string? note) => note is null || (note.Length <= 1000 && !note.Contains('\0', StringComparison.Ordinal));

    /// <summary>The errors by field; empty when all is well.</summary>
    public static Dictionary<string, string[]> Errors(ValidationResult result) => result.Errors
        .GroupBy(e => e.PropertyName)
        .ToDictionary(group => group.Key, group => group.Select(e => e.ErrorMessage).Distinct().ToArray());

    /// <summary>Adds an error where the scope names no row.</summary>
    public static async Task CheckScopeAsync(
        PerfDashDbContext context, AlertScope? scope, long? id, Dictionary<string, string[]> errors, CancellationToken cancellationToken)
    {
        var exists = scope switch
        {
            AlertScope.Workflow => await context.Workflows.AnyAsync(w => w.Id == id, cancellationToken),
            AlertScope.Worker => await context.Workers.AnyAsync(w => w.Id == id, cancellationToken),
            _ => true,
        };
        if (!exists)
            errors.TryAdd("scope_id", [$"There is no {scope?.ToText()} {id}."]);
    }
}
