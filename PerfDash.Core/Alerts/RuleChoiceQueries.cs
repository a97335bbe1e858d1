using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts;

/// <summary>What a rule can be made for.</summary>
public sealed class RuleChoiceQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Workflows and workers by name, and the scores of the latest jobs that have any.</summary>
    public async Task<RuleChoices> GetAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var workflows = await context.Workflows.Where(w => w.MergedInto == null).OrderBy(w => w.Name).ThenBy(w => w.Id).Select(w => new FilterChoice(w.Id, w.Name)).ToListAsync(cancellationToken);
        var workers = await context.Workers.OrderBy(w => w.Name).ThenBy(w => w.Id).Select(w => new FilterChoice(w.Id, w.Name)).ToListAsync(cancellationToken);
        // Plan: the newest rows by the index of created_at; never more than these.
        var scores = await context.Database.SqlQueryRaw<string>(
            $"""
            SELECT DISTINCT jsonb_object_keys(j.scores) AS "Value" FROM (
                SELECT CASE jsonb_typeof(m.quality_scores_json) WHEN 'object' THEN m.quality_scores_json END AS scores
                FROM scored_metrics AS m WHERE m.created_at {ClockSkew.NotAhead} ORDER BY m.created_at DESC LIMIT 1000
            ) AS j
            """).ToListAsync(cancellationToken);
        scores.Sort(StringComparer.OrdinalIgnoreCase);
        return new RuleChoices(workflows, workers, scores);
    }
}

/// <summary>What a rule can be made for.</summary>
/// <param name="Workflows">All workflows by name.</param>
/// <param name="Workers">All workers by name.</param>
/// <param name="Scores">Names of quality scores the latest jobs have.</param>
public sealed record RuleChoices(IReadOnlyList<FilterChoice> Workflows, IReadOnlyList<FilterChoice> Workers, IReadOnlyList<string> Scores)
{
    /// <summary>Before anything is known.</summary>
    public static RuleChoices None { get; } = new([], [], []);

    /// <summary>What a scope can be: workflows or workers; nothing for a global one.</summary>
    public IReadOnlyList<FilterChoice> For(AlertScope? scopeType) => scopeType switch
    {
        AlertScope.Workflow => Workflows,
        AlertScope.Worker => Workers,
        _ => [],
    };

    /// <summary>The name of a scope; null for a global one, or where its row is gone.</summary>
    public string? NameOf(AlertScope? scopeType, long? scopeId) => For(scopeType).FirstOrDefault(c => c.Id == scopeId)?.Name;
}
