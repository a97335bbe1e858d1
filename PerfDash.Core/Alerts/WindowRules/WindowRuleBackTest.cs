using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.WindowRules;

/// <summary>What a window rule would have found over history, and limits taken from it.</summary>
public sealed class WindowRuleBackTest
{
    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly WindowRuleService _rules;

    internal WindowRuleBackTest(IDbContextFactory<PerfDashDbContext> contexts, WindowRuleService rules) => (_contexts, _rules) = (contexts, rules);

    /// <summary>Evaluates the windows of a range, as if no alert had been open before it.</summary>
    public async Task<EditResult<WindowBackTestResult>> RunAsync(WindowRuleInput input, TimeRange range, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (await _rules.CheckAsync(input, cancellationToken) is { Count: > 0 } errors)
            return EditResult<WindowBackTestResult>.Invalid(errors);
        var rule = WindowRuleService.RowOf(input);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (await WindowHistory.ReadAsync(context, rule, range, cancellationToken) is not { } points)
            return EditResult<WindowBackTestResult>.Invalid(TooMany());
        var limits = AlertLimits.Create(rule.Direction, rule.WarningThreshold, rule.CriticalThreshold);
        var incidents = rule.Kind == WindowRuleKind.Silence ? OfPauses(points, limits, range) : OfWindows(points, limits, TimeSpan.FromMinutes(rule.WindowMinutes));
        return EditResult<WindowBackTestResult>.Done(new WindowBackTestResult(
            range.From.UtcDateTime,
            range.To.UtcDateTime,
            points.Count(p => p.Value is not null),
            points.Count(p => p.Value is { } value && limits.LevelOf(value) >= AlertLevel.Warning),
            incidents.Count,
            [.. incidents.OrderByDescending(i => i.OpenedAt).Take(ThresholdBackTest.Listed)]));
    }

    /// <summary>
    /// Limits from the windows of a range: their p99 as warning and their worst as critical, where low values are bad p1 and the
    /// lowest; of silence the longest pause and twice that.
    /// </summary>
    /// <param name="input">The rule; its limits do not matter.</param>
    /// <param name="range">Which jobs.</param>
    public async Task<EditResult<WindowSuggestion>> SuggestAsync(WindowRuleInput input, TimeRange range, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var isBelow = input.Direction == AlertDirection.Below;
        var errors = await _rules.CheckAsync(input with { WarningThreshold = isBelow ? 1 : 0.5f, CriticalThreshold = isBelow ? 0.5f : 1 }, cancellationToken);
        if (errors.Count > 0)
            return EditResult<WindowSuggestion>.Invalid(errors);
        var rule = WindowRuleService.RowOf(input with { WarningThreshold = 0, CriticalThreshold = 0 });
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (await WindowHistory.ReadAsync(context, rule, range, cancellationToken) is not { } points)
            return EditResult<WindowSuggestion>.Invalid(TooMany());
        List<double> values = [.. points.Select(p => p.Value).OfType<double>().Order()];
        var (warning, critical) = LimitsOf(rule.Kind, values, isBelow);
        return EditResult<WindowSuggestion>.Done(new WindowSuggestion(warning, critical, values.Count, range.From.UtcDateTime, range.To.UtcDateTime));
    }

    private static (float? Warning, float? Critical) LimitsOf(WindowRuleKind kind, List<double> sorted, bool isBelow)
    {
        if (sorted.Count == 0)
            return (null, null);
        switch (kind)
        {
            case WindowRuleKind.Silence:
                var longest = (float)Math.Max(1, Math.Ceiling(sorted[^1]));
                return (longest, longest * 2);
            case WindowRuleKind.FailedShare when !isBelow:
                // Some failures are normal; and beyond all jobs no share can go.
                var share = Math.Clamp(WindowHistory.Percentile(sorted, 0.99), 0.01, 0.9);
                return ((float)share, (float)Math.Clamp(sorted[^1], Math.Min(1, share + 0.05), 1));
            default:
                return ThresholdSuggestions.Limits(WindowHistory.Percentile(sorted, isBelow ? 0.01 : 0.99), isBelow ? sorted[0] : sorted[^1], isBelow);
        }
    }

    private static Dictionary<string, string[]> TooMany() => new() { ["from"] = [$"The range holds more than {WindowHistory.MaxJobs} such jobs; choose a shorter one."] };

    private static List<WindowBackTestIncident> OfWindows(IReadOnlyList<WindowPoint> points, AlertLimits limits, TimeSpan window)
    {
        var incidents = new List<WindowBackTestIncident>();
        WindowBackTestIncident? open = null;
        DateTime? noDataSince = null;
        foreach (var point in points)
        {
            if (point.Value is not { } value)
            {
                noDataSince ??= point.At;
                if (open is not null && point.At - noDataSince >= window)
                    Close(point.At);
                continue;
            }

            noDataSince = null;
            var level = limits.LevelOf(value);
            if (open is null && level < AlertLevel.Warning)
                continue;
            if (open is not null && level < AlertLevel.Warning)
            {
                Close(point.At);
                continue;
            }

            open ??= new WindowBackTestIncident { OpenedAt = point.At, OpenedValue = value, WorstValue = value };
            open = open with
            {
                WorstValue = limits.Worse(open.WorstValue, value)!.Value,
                Severity = level == AlertLevel.Critical ? AlertSeverity.Critical : open.Severity,
                RaisedAt = level == AlertLevel.Critical && open.Severity == AlertSeverity.Warning && open.OpenedAt < point.At ? point.At : open.RaisedAt,
            };
        }

        if (open is not null)
            incidents.Add(open);
        return incidents;

        void Close(DateTime at)
        {
            incidents.Add(open with { ResolvedAt = at });
            open = null;
        }
    }

    // A pause opens its incident where it reaches the limit, not where it ends.
    private static List<WindowBackTestIncident> OfPauses(IReadOnlyList<WindowPoint> pauses, AlertLimits limits, TimeRange range) =>
    [
        .. from pause in pauses
           let minutes = pause.Value ?? 0
           where minutes >= limits.Warning
           let began = pause.At.AddMinutes(-minutes)
           let isCritical = minutes >= limits.Critical
           select new WindowBackTestIncident
           {
               OpenedAt = began.AddMinutes(limits.Warning),
               OpenedValue = limits.Warning,
               Severity = isCritical ? AlertSeverity.Critical : AlertSeverity.Warning,
               RaisedAt = isCritical ? began.AddMinutes(limits.Critical) : null,
               // (The database keeps microseconds.)
               ResolvedAt = pause.At < range.To.UtcDateTime.AddMilliseconds(-1) ? pause.At : null,
               WorstValue = minutes,
           },
    ];
}

/// <summary>What a window rule would have found.</summary>
/// <param name="From">First moment, UTC.</param>
/// <param name="To">The moment after the last, UTC.</param>
/// <param name="WindowCount">Windows with enough jobs; of silence, pauses.</param>
/// <param name="BreachingWindowCount">Those at the warning limit or worse.</param>
/// <param name="IncidentCount">Incidents it would have opened.</param>
/// <param name="Items">The latest of them, newest first.</param>
public sealed record WindowBackTestResult(
    DateTime From, DateTime To, int WindowCount, int BreachingWindowCount, int IncidentCount, IReadOnlyList<WindowBackTestIncident> Items);

/// <summary>An incident of a window rule that would have been.</summary>
public sealed record WindowBackTestIncident
{
    /// <summary><c>warning</c> or <c>critical</c>: the worst it would have been.</summary>
    public AlertSeverity Severity { get; init; }

    /// <summary>End of the window that opens it, UTC.</summary>
    public required DateTime OpenedAt { get; init; }

    /// <summary>When it becomes critical, UTC; null where it does not, or opens so.</summary>
    public DateTime? RaisedAt { get; init; }

    /// <summary>When it resolves, UTC; null where it would still be open at the end.</summary>
    public DateTime? ResolvedAt { get; init; }

    /// <summary>What opens it, in the unit of the rule's limits.</summary>
    public required double OpenedValue { get; init; }

    /// <summary>The worst value until its end, in the unit of the rule's limits.</summary>
    public required double WorstValue { get; init; }
}

/// <summary>Limits of a window rule taken from history.</summary>
/// <param name="WarningThreshold">In the unit of the rule's limits; null without data.</param>
/// <param name="CriticalThreshold">Worse than the warning; null without data.</param>
/// <param name="WindowCount">Windows with enough jobs; of silence, pauses.</param>
/// <param name="From">First moment, UTC.</param>
/// <param name="To">The moment after the last, UTC.</param>
public sealed record WindowSuggestion(float? WarningThreshold, float? CriticalThreshold, int WindowCount, DateTime From, DateTime To);
