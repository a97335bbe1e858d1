using System.Data;
using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Quality;

/// <summary>Scores across workflows.</summary>
public sealed class QualityQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Every score found in the range, by name; empty where no job has one.</summary>
    public async Task<IReadOnlyList<ScoreByWorkflow>> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var figures = await DistributionSql.FiguresAsync(context, where, DistributionSql.Scores(where), cancellationToken);
        var edges = figures.ToDictionary(f => f.Name, f => f.Edges(), StringComparer.Ordinal);
        var averages = (await where.QueryAsync<WorkflowAverage>(
            context,
            $"""
            SELECT s.name, s.workflow_id, w.name AS workflow_name, count(*) AS count, avg(s.value)::float8 AS avg
            FROM ({DistributionSql.Scores(where)}) AS s JOIN workflows AS w ON w.id = s.workflow_id GROUP BY 1, 2, 3
            """,
            cancellationToken)).ToLookup(a => a.Name, StringComparer.Ordinal);
        var counts = (await where.QueryAsync<WorkflowBin>(
            context,
            $"""
            WITH {DistributionSql.EdgesTable}
            SELECT v.name, v.workflow_id, {DistributionSql.Bin} AS bin, count(*) AS count
            FROM ({DistributionSql.Scores(where)}) AS v JOIN edges AS e USING (name) GROUP BY 1, 2, 3
            """,
            cancellationToken,
            [.. DistributionSql.EdgeValues(edges)])).ToLookup(c => (c.Name, c.WorkflowId));
        return
        [
            .. figures.Select(f => new ScoreByWorkflow(f.Name, f.Count, f.Avg,
            [
                .. averages[f.Name].OrderByDescending(a => a.Avg).ThenBy(a => a.WorkflowId).Select(a => new WorkflowScore(
                    a.WorkflowId, a.WorkflowName, a.Count, a.Avg,
                    Histogram.Bins(edges[f.Name], counts[(a.Name, a.WorkflowId)].ToDictionary(c => c.Bin, c => c.Count)))),
            ])),
        ];
    }

    private sealed record WorkflowAverage(string Name, long WorkflowId, string WorkflowName, long Count, double Avg);

    private sealed record WorkflowBin(string Name, long WorkflowId, int Bin, long Count);
}

/// <summary>One score, workflow by workflow.</summary>
/// <param name="Name">Name of the score.</param>
/// <param name="Count">Jobs that have it.</param>
/// <param name="Avg">Their plain mean.</param>
/// <param name="Workflows">Those with such a job, highest mean first.</param>
public sealed record ScoreByWorkflow(string Name, long Count, double Avg, IReadOnlyList<WorkflowScore> Workflows);

/// <summary>A score of one workflow.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="WorkflowName">Its name.</param>
/// <param name="Count">Its jobs that have the score.</param>
/// <param name="Avg">Their plain mean.</param>
/// <param name="Histogram">Bars with the same edges for every workflow of the score.</param>
public sealed record WorkflowScore(long WorkflowId, string WorkflowName, long Count, double Avg, IReadOnlyList<HistogramBin> Histogram);
