using System.Data;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Workflows;

/// <summary>One workflow in depth.</summary>
public sealed class WorkflowQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Everything known of a workflow over a range; null when there is no such workflow.</summary>
    /// <param name="filter">Which of its jobs; a workflow named here is ignored.</param>
    public async Task<WorkflowDetail?> GetAsync(long workflowId, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // One snapshot, so that the parts of the answer agree while jobs go on completing.
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (await NameAsync(context, workflowId, cancellationToken) is not { } name)
            return null;

        var groups = await SummaryGroups.QueryAsync(
            context, where, GroupKey.One, cancellationToken);
        var summary = groups.All();
        var gpuTimes = await GetGpuTimesAsync(context, where, cancellationToken);
        var (stages, jobsWithStages) = await StageQueries.GetAsync(context, where, cancellationToken);
        return new WorkflowDetail(summary)
        {
            WorkflowId = workflowId,
            WorkflowName = name,
            TimePerFrame = await DistributionSql.DistributionAsync(
                context, where, groups.Times(), DistributionSql.Column("time_per_frame_ms", where), cancellationToken, groups.IsLarge ? LogBins.Aligned : null),
            GpuTimeByWorker = await NamedAsync(context, gpuTimes, cancellationToken),
            GpuTimeByResolutionTier =
            [
                .. Shares(gpuTimes, t => t.ResolutionTier).OrderByDescending(t => t.Exact).ThenBy(t => t.Key, StringComparer.Ordinal)
                    .Select(t => new TierGpuTime(t.Key, t.TotalMs, t.Share)),
            ],
            QualityScores = await GetScoresAsync(context, where, groups.IsLarge, cancellationToken),
            PipelineStages = stages,
            ShareOfJobsWithoutStages = summary.JobCount == 0 ? null : 1 - ((double)jobsWithStages / summary.JobCount),
        };
    }

    /// <summary>Name of a workflow; null when there is none of that id.</summary>
    internal static Task<string?> NameAsync(PerfDashDbContext context, long workflowId, CancellationToken cancellationToken) =>
        context.Workflows.Where(w => w.Id == workflowId).Select(w => w.Name).FirstOrDefaultAsync(cancellationToken);

    private static async Task<List<ScoreDistribution>> GetScoresAsync(PerfDashDbContext context, MetricCondition where, bool isLarge, CancellationToken cancellationToken)
    {
        var distributions = new List<ScoreDistribution>();
        foreach (var (name, bins) in (await ScoreBins.QueryAsync(context, where, GroupKey.One, cancellationToken)).OrderBy(score => score.Key, StringComparer.Ordinal))
        {
            var distribution = await DistributionSql.DistributionAsync(
                context, where.With("score", name), bins[0], DistributionSql.Score(name, where), cancellationToken, isLarge ? ScoreBins.Aligned : null);
            distributions.Add(new ScoreDistribution(distribution) { Name = name });
        }

        return distributions;
    }

    private static async Task<List<GpuTime>> GetGpuTimesAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken)
    {
        var source = await Partials.FindAsync(context, where, Dimensions.Worker | Dimensions.Tier, cancellationToken, tables: RollupTable.Sums);
        return await source.QueryAsync<GpuTime>(
            context,
            $"""
            SELECT worker_id, tier_key AS resolution_tier, sum(gpu_sum) AS sum_ms
            FROM {source.Sums("gpu_sum")} AS p WHERE gpu_sum IS NOT NULL GROUP BY worker_id, tier_key
            """,
            cancellationToken);
    }

    private static async Task<List<WorkerGpuTime>> NamedAsync(PerfDashDbContext context, List<GpuTime> gpuTimes, CancellationToken cancellationToken)
    {
        long[] ids = [.. gpuTimes.Select(t => t.WorkerId).Distinct()];
        var names = await context.Workers.Where(w => ids.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
        return
        [
            .. Shares(gpuTimes, t => t.WorkerId).OrderByDescending(t => t.Exact).ThenBy(t => t.Key)
                .Select(t => new WorkerGpuTime(t.Key, names[t.Key], t.TotalMs, t.Share)),
        ];
    }

    private static IEnumerable<(T Key, double Exact, long? TotalMs, double? Share)> Shares<T>(List<GpuTime> gpuTimes, Func<GpuTime, T> key)
    {
        var all = gpuTimes.Sum(t => t.SumMs);
        return gpuTimes.GroupBy(key).Select(group =>
        {
            var sum = group.Sum(t => t.SumMs);
            return (group.Key, sum, Math.Abs(sum) >= long.MaxValue ? (long?)null : (long)sum, all == 0 ? (double?)null : sum / all);
        });
    }

    private sealed record GpuTime(long WorkerId, string? ResolutionTier, double SumMs);
}
