using System.Data;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Workflows;

/// <summary>All workflows side by side.</summary>
public sealed class WorkflowListQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Equal buckets of the range in <see cref="WorkflowTrendLine.AvgTimePerFrameMs"/>.</summary>
    public const int TrendBuckets = 30;

    /// <summary>Every workflow with jobs in the range, by id, without <see cref="WorkflowTrendLine"/>.</summary>
    /// <param name="filter">Which jobs.</param>
    public async Task<IReadOnlyList<WorkflowListItem>> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var groups = await SummaryGroups.QueryAsync(context, new MetricCondition(range, filter), GroupKey.Workflow, cancellationToken);
        long[] ids = [.. groups.Keys];
        var names = await context.Workflows.Where(w => ids.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
        return [.. ids.Order().Select(id => new WorkflowListItem(new WorkflowSummary(groups.Find(id)!) { WorkflowId = id, WorkflowName = names[id] }, null))];
    }

    /// <summary>The time per frame of every workflow over the range, by id; of those that have one in the range.</summary>
    /// <param name="filter">Which jobs.</param>
    /// <param name="withPrevious">False leaves the equal period before the range out.</param>
    public async Task<IReadOnlyDictionary<long, WorkflowTrendLine>> GetTrendsAsync(TimeRange range, MetricFilter filter, bool withPrevious, CancellationToken cancellationToken)
    {
        var (querying, queryingPrevious) = (BucketsAsync(range, filter, cancellationToken), withPrevious ? BucketsAsync(range.Previous, filter, cancellationToken) : Task.FromResult<List<BucketSum>>([]));
        await Task.WhenAll(querying, queryingPrevious);
        var previous = (await queryingPrevious).ToLookup(s => s.WorkflowId);
        return (await querying).GroupBy(s => s.WorkflowId).ToDictionary(g => g.Key, g => TrendOf([.. g], [.. previous[g.Key]]));
    }

    /// <summary>Every workflow there is, by name, also those that never ran.</summary>
    public async Task<IReadOnlyList<WorkflowName>> GetNamesAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workflows.AsNoTracking().Where(w => w.MergedInto == null).OrderBy(w => w.Name).ThenBy(w => w.Id)
            .Select(w => new WorkflowName(w.Id, w.Name)).ToListAsync(cancellationToken);
    }

    private static WorkflowTrendLine TrendOf(IReadOnlyList<BucketSum> buckets, IReadOnlyList<BucketSum> previous)
    {
        var averages = new double?[TrendBuckets];
        foreach (var bucket in buckets)
            averages[Math.Clamp(bucket.Bucket - 1, 0, TrendBuckets - 1)] = bucket.Total / bucket.Jobs;
        var jobs = previous.Sum(s => s.Jobs);
        return new WorkflowTrendLine(averages, jobs == 0 ? null : previous.Sum(s => s.Total) / jobs, jobs, new PeriodCoverage(buckets.Count, previous.Count));
    }

    /// <summary>The buckets of each workflow that have a time per frame.</summary>
    private async Task<List<BucketSum>> BucketsAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var starts = StartsOf(range);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var source = await Partials.FindAsync(context, new MetricCondition(range, filter), Dimensions.Workflow, cancellationToken, starts, RollupTable.Sums);
        return await source.QueryAsync<BucketSum>(
            context,
            $"""
            SELECT workflow_id, width_bucket(created_at, @starts) AS bucket, sum(time_sum) AS total, sum(time_count)::int8 AS jobs
            FROM {source.Sums("time_sum", "time_count")} AS p WHERE time_count > 0 GROUP BY workflow_id, bucket
            """,
            cancellationToken,
            ("starts", starts));
    }

    private static DateTime[] StartsOf(TimeRange range) =>
        [.. Enumerable.Range(0, TrendBuckets).Select(i => range.From.UtcDateTime.AddTicks((long)((Int128)(range.To - range.From).Ticks * i / TrendBuckets)))];

    private sealed record BucketSum(long WorkflowId, int Bucket, double Total, long Jobs);
}

public sealed record WorkflowName(long Id, string Name);

/// <summary>One workflow of the list.</summary>
/// <param name="Figures">Its summary; of the scores only <c>likeness</c>.</param>
/// <param name="Trend">Its time per frame over the range; null while it is not known, and without a time per frame.</param>
public sealed record WorkflowListItem(WorkflowSummary Figures, WorkflowTrendLine? Trend);

/// <summary>The time per frame of a workflow over a range and against the equal period before.</summary>
/// <param name="AvgTimePerFrameMs">Mean milliseconds per frame in <see cref="WorkflowListQueries.TrendBuckets"/> equal buckets of the range, oldest first; null where a bucket has none.</param>
/// <param name="PreviousAvgTimePerFrameMs">Mean milliseconds per frame in the period before; null where it had none, or was not asked for.</param>
/// <param name="PreviousJobCount">Jobs with a time per frame in the period before; 0 where it was not asked for.</param>
/// <param name="Coverage">In how many buckets either period has such jobs.</param>
public sealed record WorkflowTrendLine(IReadOnlyList<double?> AvgTimePerFrameMs, double? PreviousAvgTimePerFrameMs, long PreviousJobCount, PeriodCoverage Coverage);
