using System.Data;
using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Quality;

/// <summary>Scores across workflows.</summary>
public sealed class QualityQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    // A power of ten is chosen: ten times as many at most.
    private const int StepsInRange = 200;

    /// <summary>Every score found in the range, by name; empty where no job has one.</summary>
    /// <param name="range">The range.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <param name="only">The one score wanted, which is a fraction of the work; null for all.</param>
    public async Task<IReadOnlyList<ScoreByWorkflow>> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken, string? only = null)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var binning = await BinningAsync(context, where, only is null ? KnownScores.Names : [.. KnownScores.Names.Where(name => name == only)], cancellationToken);
        var scores = await DistributionSql.ScoreBinsAsync(
            context, where, binning, await Binning.ForAsync(context, where, cancellationToken), "m.workflow_id", withSpread: false, cancellationToken, only);
        long[] ids = [.. scores.Values.SelectMany(byWorkflow => byWorkflow.Keys).Distinct()];
        var names = await context.Workflows.Where(w => ids.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
        var answer = new List<ScoreByWorkflow>();
        foreach (var (name, byWorkflow) in scores.OrderBy(score => score.Key, StringComparer.Ordinal))
        {
            var all = new ValueBins(byWorkflow.Values.SelectMany(bins => bins));
            var edges = all.Edges();
            var bars = await BarsAsync(context, where, name, byWorkflow, edges, cancellationToken);
            answer.Add(new ScoreByWorkflow(name, all.Count, all.Avg!.Value,
            [
                .. byWorkflow.Select(w => (Id: w.Key, Bins: new ValueBins(w.Value)))
                    .Select(w => new WorkflowScore(w.Id, names[w.Id], w.Bins.Count, w.Bins.Avg!.Value, Histogram.Bins(edges, bars[w.Id])))
                    .OrderByDescending(w => w.Avg).ThenBy(w => w.WorkflowId),
            ]));
        }

        return answer;
    }

    /// <summary>Few values are grouped one by one, many by even steps some hundred to the range, so that edges do not run through them.</summary>
    private static async Task<Dictionary<string, Binning>> BinningAsync(
        PerfDashDbContext context, MetricCondition where, string[] names, CancellationToken cancellationToken)
    {
        if (names.Length == 0 || !await Binning.IsLargeAsync(context, where, cancellationToken))
            return names.ToDictionary(name => name, _ => Binning.ByValue, StringComparer.Ordinal);
        var extremes = (await where.QueryAsync<Extremes>(
            context,
            $"""
            SELECT ARRAY[{string.Join(", ", names.Select(name => $"min(m.{name})"))}] AS least, ARRAY[{string.Join(", ", names.Select(name => $"max(m.{name})"))}] AS greatest
            FROM performance_metrics AS m WHERE {where.Sql}
            """,
            cancellationToken)).Single();
        return names.Index().ToDictionary(
            name => name.Item,
            name => (extremes.Least[name.Index], extremes.Greatest[name.Index]) is ({ } min, { } max) && max > min ? Binning.Even(Math.Pow(10, Math.Floor(Math.Log10((max - min) / StepsInRange)))) : Binning.ByValue,
            StringComparer.Ordinal);
    }

    private static async Task<Dictionary<long, Dictionary<int, long>>> BarsAsync(
        PerfDashDbContext context, MetricCondition where, string score, Dictionary<long, List<ValueBin>> byWorkflow, double[] edges, CancellationToken cancellationToken)
    {
        var bars = byWorkflow.ToDictionary(w => w.Key, w => new ValueBins(w.Value).Bars(edges));
        if (bars.Values.All(b => b is not null))
            return bars!;
        var counted = await DistributionSql.BarsAsync(
            context, where.With("score", score), DistributionSql.Score(score, where, "m.workflow_id"), edges, cancellationToken);
        return counted.ToDictionary(w => w.Key, w => w.ToDictionary(bar => bar.Bar, bar => bar.Count));
    }

    private sealed record Extremes(double?[] Least, double?[] Greatest);
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
