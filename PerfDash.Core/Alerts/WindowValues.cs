using Microsoft.EntityFrameworkCore;
using Npgsql;
using PerfDash.Core.Jobs;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts;

/// <summary>What a window rule looks at.</summary>
internal static class WindowValues
{
    /// <summary>Its value as of a moment; null where there are too few jobs to judge, or the rule's metric is not known.</summary>
    public static async Task<double?> ReadAsync(PerfDashDbContext context, AlertWindowRule rule, DateTime now, CancellationToken cancellationToken)
    {
        var metric = AlertMetric.Read(rule.MetricName);
        if (WindowRuleKind.HasMetric(rule.Kind) && metric is null)
            return null;
        var scope = rule.ScopeType switch
        {
            AlertScope.Workflow => "AND m.workflow_id = @scope",
            AlertScope.Worker => "AND m.worker_id = @scope",
            _ => "",
        };
        // Plan: the window by created_at; silence one row from the end of it.
        var sql = rule.Kind switch
        {
            WindowRuleKind.Silence =>
                $"""
                SELECT 1::bigint AS jobs, extract(epoch FROM @now - COALESCE(
                    (SELECT m.created_at FROM performance_metrics AS m WHERE m.created_at <= @now {scope} ORDER BY m.created_at DESC LIMIT 1), @since))::float8 / 60 AS value
                """,
            WindowRuleKind.FailedShare =>
                $"""
                SELECT f.failed + c.completed AS jobs, f.failed::float8 / NULLIF(f.failed + c.completed, 0) AS value
                FROM (SELECT count(*) AS failed FROM {EndedJobs.NotCompleted} WHERE m.status = 'failed' AND m.created_at > @from AND m.created_at <= @now {scope}) AS f,
                     (SELECT count(*) AS completed FROM {EndedJobs.Completed} WHERE m.created_at > @from AND m.created_at <= @now {scope}) AS c
                """,
            _ =>
                $"""
                SELECT count(value) AS jobs, {(rule.Kind == WindowRuleKind.P95 ? "percentile_cont(0.95) WITHIN GROUP (ORDER BY value)" : "avg(value)")} AS value
                FROM (SELECT {metric!.Sql("@score")} AS value FROM performance_metrics AS m WHERE m.created_at > @from AND m.created_at <= @now {scope}) AS v
                """,
        };
        var window = await context.Database.SqlQueryRaw<Window>(
            sql,
            new NpgsqlParameter("now", now),
            new NpgsqlParameter("from", now.AddMinutes(-rule.WindowMinutes)),
            new NpgsqlParameter("since", rule.CreatedAt),
            new NpgsqlParameter("scope", rule.ScopeId ?? 0),
            new NpgsqlParameter("score", metric?.Score ?? "")).SingleAsync(cancellationToken);
        return rule.Kind == WindowRuleKind.Silence || window.Jobs >= rule.MinimumJobs ? window.Value : null;
    }

    private sealed record Window(long Jobs, double? Value);
}
