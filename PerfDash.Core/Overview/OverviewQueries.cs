using System.Data;
using PerfDash.Core.Workflows;

namespace PerfDash.Core.Overview;

/// <summary>What the overview page and its API routes ask of the metrics. Raw rows, aggregated when asked.</summary>
public sealed class OverviewQueries(IDbContextFactory<PerfDashDbContext> contexts, SummaryQueries summaries)
{
    /// <summary>Workflows in each of the two rankings, at most.</summary>
    public const int RankedWorkflows = 5;

    /// <summary>The sum of everything in the range, with the best and the worst workflows by <paramref name="rankBy"/>.</summary>
    /// <param name="filter">Which jobs.</param>
    /// <param name="rankBy">The figure workflows are ranked by; for likeness the parts must have scores.</param>
    /// <param name="parts">What is to be known beside counts, sums and extremes.</param>
    /// <param name="minJobs">Fewest jobs of a workflow to be ranked.</param>
    public async Task<FarmOverview> GetOverviewAsync(
        TimeRange range, MetricFilter filter, RankBy rankBy, CancellationToken cancellationToken, SummaryParts parts = SummaryParts.Usual, int minJobs = 1)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var groups = await SummaryGroups.QueryAsync(
            context, new MetricCondition(range, filter), GroupKey.Workflow, cancellationToken, parts, shown: g => Shown(Rank(g, rankBy, minJobs)));
        var ranking = Rank(groups, rankBy, minJobs);
        var shown = Shown(ranking);
        var names = await context.Workflows.Where(w => shown.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
        return new FarmOverview
        {
            Range = range,
            Summary = groups.All(),
            TopWorkflows = Named(ranking.Take(RankedWorkflows)),
            BottomWorkflows = Named(ranking.TakeLast(RankedWorkflows).Reverse()),
            RankedWorkflowCount = ranking.Length,
        };

        static long[] Shown(long[] ranking) => [.. ranking.Take(RankedWorkflows).Union(ranking.TakeLast(RankedWorkflows))];

        List<WorkflowSummary> Named(IEnumerable<long> ids) => [.. ids.Select(id => new WorkflowSummary(groups.Find(id)!) { WorkflowId = id, WorkflowName = names[id] })];
    }

    /// <summary>The sum of everything in the range; all null but the count where there is no job.</summary>
    public Task<MetricSummary> GetSummaryAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken, SummaryParts parts = SummaryParts.Usual) =>
        summaries.GetAsync(range, filter, cancellationToken, parts);

    /// <summary>True when any metric was ever recorded.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.PerformanceMetrics.AnyAsync(cancellationToken);
    }

    private static long[] Rank(SummaryGroups groups, RankBy rankBy, int minJobs) =>
    [
        .. groups.Keys.Select(id => (Id: id, Summary: groups.Find(id)!)).Where(w => w.Summary.JobCount >= minJobs).Select(w => (w.Id, Value: Ranked(w.Summary, rankBy)))
            .Where(w => w.Value is not null).OrderBy(w => w.Value).ThenBy(w => w.Id).Select(w => w.Id),
    ];

    private static double? Ranked(MetricSummary workflow, RankBy rankBy) => rankBy switch
    {
        RankBy.GpuTime => workflow.AvgGpuTimeMs,
        RankBy.Vram => workflow.AvgVramPeakMb,
        // The best likeness is the highest: its negative ranks it with the others, where less is better.
        RankBy.Likeness => -workflow.AvgLikenessScore,
        _ => workflow.AvgTimePerFrameMs,
    };
}
