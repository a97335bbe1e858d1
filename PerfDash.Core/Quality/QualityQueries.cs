using System.Data;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Quality;

/// <summary>Scores across workflows.</summary>
public sealed class QualityQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Every score found in the range, by name; empty where no job has one.</summary>
    /// <param name="filter">Which jobs.</param>
    public async Task<IReadOnlyList<ScoreByWorkflow>> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var isLarge = await Binning.IsLargeAsync(context, where, cancellationToken);
        var scores = await ScoreBins.QueryAsync(context, where, GroupKey.Workflow, cancellationToken);
        long[] ids = [.. scores.Values.SelectMany(byWorkflow => byWorkflow.Keys).Distinct()];
        var names = await context.Workflows.Where(w => ids.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
        var answer = new List<ScoreByWorkflow>();
        foreach (var (name, byWorkflow) in scores.OrderBy(score => score.Key, StringComparer.Ordinal))
        {
            var all = ValueBins.Together(byWorkflow.Values);
            var edges = isLarge ? ScoreBins.Aligned(all.Edges()) : all.Edges();
            var bars = await BarsAsync(context, where, name, byWorkflow, edges, cancellationToken);
            answer.Add(new ScoreByWorkflow(name, all.Count, all.Avg!.Value,
            [
                .. byWorkflow.Select(w => (Id: w.Key, Bins: w.Value))
                    .Select(w => new WorkflowScore(w.Id, names[w.Id], w.Bins.Count, w.Bins.Avg!.Value, Histogram.Bins(edges, bars[w.Id])))
                    .OrderByDescending(w => w.Avg).ThenBy(w => w.WorkflowId),
            ]));
        }

        return answer;
    }

    private static async Task<Dictionary<long, Dictionary<int, long>>> BarsAsync(
        PerfDashDbContext context, MetricCondition where, string score, Dictionary<long, ValueBins> byWorkflow, double[] edges, CancellationToken cancellationToken)
    {
        var bars = byWorkflow.ToDictionary(w => w.Key, w => w.Value.Bars(edges));
        if (bars.Values.All(b => b is not null))
            return bars!;
        var counted = await DistributionSql.BarsAsync(
            context, where.With("score", score), DistributionSql.Score(score, where, "m.workflow_id"), edges, cancellationToken);
        return counted.ToDictionary(w => w.Key, w => w.ToDictionary(bar => bar.Bar, bar => bar.Count));
    }

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
