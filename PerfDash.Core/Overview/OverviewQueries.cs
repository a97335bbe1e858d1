using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Overview;

/// <summary>What the overview page and its API routes ask of the metrics. Raw rows, aggregated when asked.</summary>
public sealed class OverviewQueries(IDbContextFactory<PerfDashDbContext> contexts, SummaryQueries summaries)
{
    /// <summary>Workflows in each of the two rankings, at most.</summary>
    public const int RankedWorkflows = 5;

    /// <summary>The sum of everything in the range, with the best and the worst workflows by <paramref name="rankBy"/>.</summary>
    public async Task<Overview> GetOverviewAsync(
        TimeRange range, MetricFilter filter, RankBy rankBy, CancellationToken cancellationToken, bool withScores = true)
    {
        var summary = await GetSummaryAsync(range, filter, cancellationToken, withScores);
        var ranking = await RankWorkflowsAsync(range, filter, rankBy, cancellationToken);
        long[] shown = [.. ranking.Take(RankedWorkflows).Union(ranking.TakeLast(RankedWorkflows))];
        var workflows = await GetWorkflowSummariesAsync(range, filter, shown, cancellationToken);
        return new Overview
        {
            Range = range,
            Summary = summary,
            TopWorkflows = Summaries(ranking.Take(RankedWorkflows)),
            BottomWorkflows = Summaries(ranking.TakeLast(RankedWorkflows).Reverse()),
            RankedWorkflowCount = ranking.Count,
        };

        // A workflow that the host deleted between the two queries has no summary.
        List<WorkflowSummary> Summaries(IEnumerable<long> ids) => [.. ids.Where(workflows.ContainsKey).Select(id => workflows[id])];
    }

    /// <summary>The sum of everything in the range; all null but the count where there is no job.</summary>
    public Task<MetricSummary> GetSummaryAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken, bool withScores = true) =>
        summaries.GetAsync(range, filter, cancellationToken, withScores);

    /// <summary>True when any metric was ever recorded.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.PerformanceMetrics.AnyAsync(cancellationToken);
    }

    /// <summary>Ids of the workflows that have the ranked value, best first; equals by id.</summary>
    private async Task<List<long>> RankWorkflowsAsync(
        TimeRange range, MetricFilter filter, RankBy rankBy, CancellationToken cancellationToken)
    {
        var value = rankBy switch
        {
            RankBy.GpuTime => "avg(m.total_gpu_time_ms)::float8",
            RankBy.Vram => "avg(m.vram_peak_mb)::float8",
            // The best likeness is the highest: its negative ranks it with the others, where less is better.
            RankBy.Likeness => $"-avg({JsonNumberSql.Numeric("m.quality_scores_json -> 'likeness'")})::float8",
            _ => "avg(m.time_per_frame_ms::float8)",
        };
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await where.QueryAsync<long>(
            context,
            $"""
            SELECT workflow_id AS "Value" FROM (
                SELECT m.workflow_id, {value} AS value FROM performance_metrics AS m WHERE {where.Sql} GROUP BY m.workflow_id
            ) AS ranked WHERE value IS NOT NULL ORDER BY value, workflow_id
            """,
            cancellationToken);
    }

    private async Task<Dictionary<long, WorkflowSummary>> GetWorkflowSummariesAsync(
        TimeRange range, MetricFilter filter, long[] workflowIds, CancellationToken cancellationToken)
    {
        if (workflowIds.Length == 0)
            return [];
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var summaries = await where.QueryAsync<WorkflowSummary>(
            context,
            $"""
            SELECT w.id AS workflow_id, w.name AS workflow_name, {SummarySql.Columns}
            FROM performance_metrics AS m JOIN workers AS k ON k.id = m.worker_id JOIN workflows AS w ON w.id = m.workflow_id
            WHERE {where.Sql} AND m.workflow_id = ANY(@workflow_ids) GROUP BY w.id, w.name
            """,
            cancellationToken,
            ("workflow_ids", workflowIds));
        var scores = ScoreAverage.ByKey(await where.QueryAsync<ScoreAverage>(
            context,
            $"""
            SELECT m.workflow_id AS key, s.name AS name, {SummarySql.ScoreAverage} AS average
            FROM performance_metrics AS m {SummarySql.ScoresJoin}
            WHERE {where.Sql} AND m.workflow_id = ANY(@workflow_ids) GROUP BY m.workflow_id, s.name
            """,
            cancellationToken,
            ("workflow_ids", workflowIds)));
        return summaries.ToDictionary(s => s.WorkflowId, s => s with { Quality = scores.GetValueOrDefault(s.WorkflowId, []) });
    }
}
