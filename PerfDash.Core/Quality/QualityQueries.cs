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
        var bins = (await where.QueryAsync<WorkflowBin>(
            context,
            $"""
            WITH {DistributionSql.EdgesTable}
            SELECT v.name, v.workflow_id, {DistributionSql.Bin} AS bin, count(*) AS count, sum(v.value)::float8 AS sum
            FROM ({DistributionSql.Scores(where)}) AS v JOIN edges AS e USING (name) GROUP BY 1, 2, 3
            """,
            cancellationToken,
            [.. DistributionSql.EdgeValues(edges)])).ToLookup(b => b.Name, StringComparer.Ordinal);
        long[] ids = [.. bins.SelectMany(b => b).Select(b => b.WorkflowId).Distinct()];
        var names = await context.Workflows.Where(w => ids.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
        return
        [
            .. figures.Select(f => new ScoreByWorkflow(f.Name, f.Count, f.Avg,
            [
                .. bins[f.Name].GroupBy(b => b.WorkflowId)
                    .Select(w => new WorkflowScore(
                        w.Key, names[w.Key], w.Sum(b => b.Count), w.Sum(b => b.Sum) / w.Sum(b => b.Count),
                        Histogram.Bins(edges[f.Name], w.ToDictionary(b => b.Bin, b => b.Count))))
                    .OrderByDescending(w => w.Avg).ThenBy(w => w.WorkflowId),
            ])),
        ];
    }

    private sealed record WorkflowBin(string Name, long WorkflowId, int Bin, long Count, double Sum);
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
