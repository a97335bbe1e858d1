using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.WindowRules;

/// <summary>How far a window rule was evaluated.</summary>
/// <param name="EvaluatedUntil">End of the latest window that was evaluated, UTC.</param>
/// <param name="WaitingJobs">Completions of its scope that were not recorded yet at the latest evaluation: it is evaluated beyond them when they are.</param>
/// <param name="NoDataSince">Since when the window has had too few jobs, UTC; null while it has enough.</param>
public sealed record WindowEvaluation(DateTime EvaluatedUntil, long WaitingJobs, DateTime? NoDataSince)
{
    /// <summary>True where it waits for more than what is recorded between two evaluations.</summary>
    public bool IsWaiting(DateTime now) => WaitingJobs > 0 && now - EvaluatedUntil > TimeSpan.FromMinutes(1);
}

/// <summary>A window rule as the API and every notification show it.</summary>
public record WindowRuleItem : IRuleItem
{
    /// <summary>Key.</summary>
    public required long Id { get; init; }

    /// <summary><c>average</c>, <c>p95</c>, <c>failed_share</c> or <c>silence</c>.</summary>
    public required WindowRuleKind Kind { get; init; }

    /// <summary>What the average or p95 is taken of; null for the other kinds.</summary>
    public required string? MetricName { get; init; }

    /// <summary><c>global</c>, <c>workflow</c> or <c>worker</c>.</summary>
    public required AlertScope ScopeType { get; init; }

    /// <summary>The workflow or worker watched; null for a global rule.</summary>
    public required long? ScopeId { get; init; }

    /// <summary>How far it looks back, in minutes, 1 to 10,080.</summary>
    public required int WindowMinutes { get; init; }

    /// <summary>In the metric's unit; a share from 0 to 1 for <c>failed_share</c>; minutes for <c>silence</c>.</summary>
    public required float WarningThreshold { get; init; }

    /// <summary>In the unit of the warning; worse than it.</summary>
    public required float CriticalThreshold { get; init; }

    /// <summary><c>above</c> or <c>below</c>.</summary>
    public required AlertDirection Direction { get; init; }

    /// <summary>A window with fewer jobs is not evaluated.</summary>
    public required int MinimumJobs { get; init; }

    /// <summary>False: kept, but not evaluated.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Shown in every notification; null for none.</summary>
    public required string? Note { get; init; }

    /// <summary>Until then nothing is sent, UTC; null: not muted.</summary>
    public required DateTime? MutedUntil { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When it was last changed, UTC.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>The item of a row.</summary>
    public static WindowRuleItem From(AlertWindowRule rule) => new()
    {
        Id = rule.Id,
        Kind = rule.Kind,
        MetricName = rule.MetricName,
        ScopeType = rule.ScopeType,
        ScopeId = rule.ScopeId,
        WindowMinutes = rule.WindowMinutes,
        WarningThreshold = rule.WarningThreshold,
        CriticalThreshold = rule.CriticalThreshold,
        Direction = rule.Direction,
        MinimumJobs = rule.MinimumJobs,
        Enabled = rule.Enabled,
        Note = rule.Note,
        MutedUntil = rule.MutedUntil,
        CreatedAt = rule.CreatedAt,
        UpdatedAt = rule.UpdatedAt,
    };
}
