using Npgsql;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Jobs;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.WindowRules;

/// <summary>How far a window rule can be evaluated.</summary>
/// <param name="Until">Everything of its scope that completed until then is recorded, UTC.</param>
/// <param name="WaitingJobs">Completions of its scope that are not recorded yet.</param>
/// <param name="LatestWaiting">When the latest of them completed, UTC; null without any.</param>
internal sealed record WindowReach(DateTime Until, long WaitingJobs, DateTime? LatestWaiting);

/// <summary>What a window rule measures.</summary>
internal static class WindowValues
{
    /// <summary>
    /// How far a rule can be evaluated: up to now, or to just before the oldest completion of its scope that still waits to be
    /// recorded. To be asked before <see cref="ReadAsync"/>, so that what is recorded in between is counted. History does not
    /// count, nor what is so late that it is recorded without alerts.
    /// </summary>
    public static async Task<WindowReach> ReachAsync(PerfDashDbContext context, AlertWindowRule rule, DateTime now, CancellationToken cancellationToken)
    {
        // Plan: the outbox, which is short unless there is a backlog, with its jobs by key.
        var sql =
            $"""
            SELECT count(*) AS jobs, min(moment) AS oldest, max(moment) AS latest
            FROM (SELECT COALESCE(m.completed_at, o.queued_at) AS moment
                  FROM job_completions AS o JOIN jobs AS m ON m.id = o.job_id
                  WHERE NOT o.is_history AND m.status NOT IN ('pending', 'running') {ScopeOf(rule)}
                    AND NOT EXISTS (SELECT FROM job_collections AS c WHERE c.job_id = o.job_id)) AS w
            WHERE moment > @since AND moment <= @now
            """;
        var row = await context.Database.SqlQueryRaw<Waiting>(
            sql,
            new NpgsqlParameter("now", now),
            new NpgsqlParameter("since", now - AlertEvaluator.LatestArrival),
            new NpgsqlParameter("scope", rule.ScopeId ?? 0)).SingleAsync(cancellationToken);
        return new WindowReach(row.Oldest?.AddMicroseconds(-1) ?? now, row.Jobs, row.Latest);
    }

    /// <summary>A rule's value as of a moment; null where there are too few jobs to evaluate, the rule's metric is not known, or no double holds it.</summary>
    public static async Task<double?> ReadAsync(PerfDashDbContext context, AlertWindowRule rule, DateTime until, CancellationToken cancellationToken)
    {
        var metric = AlertMetric.Read(rule.MetricName);
        if (WindowRuleKinds.HasMetric(rule.Kind) && metric is null)
            return null;
        var scope = ScopeOf(rule);
        // Plan: the window by created_at; silence one row from the end of it, and the few jobs that could not be recorded, for they completed too.
        var sql = rule.Kind switch
        {
            WindowRuleKind.Silence =>
                $"""
                SELECT 1::bigint AS jobs, extract(epoch FROM @until - COALESCE(GREATEST(
                    (SELECT m.created_at FROM scored_metrics AS m WHERE m.created_at > '-infinity' AND m.created_at <= @until {scope} ORDER BY m.created_at DESC LIMIT 1),
                    (SELECT max(COALESCE(m.completed_at, f.first_failed_at)) FROM failed_collections AS f JOIN jobs AS m ON m.id = f.job_id
                     WHERE m.status = 'completed' AND COALESCE(m.completed_at, f.first_failed_at) > '-infinity' AND COALESCE(m.completed_at, f.first_failed_at) <= @until {scope})), @since))::float8 / 60 AS value
                """,
            WindowRuleKind.FailedShare =>
                $"""
                SELECT f.failed + c.completed AS jobs, f.failed::float8 / NULLIF(f.failed + c.completed, 0) AS value
                FROM (SELECT count(*) AS failed FROM {EndedJobs.NotCompleted} WHERE m.status = 'failed' AND m.created_at > @from AND m.created_at <= @until {scope}) AS f,
                     (SELECT count(*) AS completed FROM {EndedJobs.Completed} WHERE m.created_at > @from AND m.created_at <= @until {scope}) AS c
                """,
            WindowRuleKind.Average or WindowRuleKind.P95 =>
                $"""
                SELECT count(value) AS jobs, {(rule.Kind == WindowRuleKind.P95 ? "percentile_cont(0.95) WITHIN GROUP (ORDER BY value)" : MeanSql.Sql("value"))} AS value
                FROM (SELECT {metric!.Sql("@score")} AS value FROM scored_metrics AS m WHERE m.created_at > @from AND m.created_at <= @until {scope}) AS v
                """,
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule.Kind, "A kind of window rule without a query."),
        };
        var window = await context.Database.SqlQueryRaw<Window>(
            sql,
            new NpgsqlParameter("until", until),
            new NpgsqlParameter("from", until.AddMinutes(-rule.WindowMinutes)),
            new NpgsqlParameter("since", rule.CreatedAt),
            new NpgsqlParameter("scope", rule.ScopeId ?? 0),
            new NpgsqlParameter("score", metric?.Score ?? "")).SingleAsync(cancellationToken);
        return rule.Kind == WindowRuleKind.Silence || (window.Jobs >= rule.MinimumJobs && window.Value is { } value && double.IsFinite(value)) ? window.Value : null;
    }

    /// <summary>The condition on <c>m</c> that keeps to a rule's scope.</summary>
    public static string ScopeOf(AlertWindowRule rule) => rule.ScopeType switch
    {
        AlertScope.Workflow => "AND m.workflow_id = @scope",
        AlertScope.Worker => "AND m.worker_id = @scope",
        _ => "",
    };

    private sealed record Waiting(long Jobs, DateTime? Oldest, DateTime? Latest);

    private sealed record Window(long Jobs, double? Value);
}
