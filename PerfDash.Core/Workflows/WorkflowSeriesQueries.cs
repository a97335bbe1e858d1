using System.Data;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Workflows;

/// <summary>What surrounds a workflow's trend: how far its jobs spread in each bucket, and where their time went.</summary>
public sealed class WorkflowSeriesQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Least and greatest time per frame in each bucket that has one, oldest first.</summary>
    /// <param name="range">The range; the first and last bucket may be cut by it.</param>
    /// <param name="filter">Which of its jobs; a workflow named here is ignored.</param>
    /// <param name="bucket">Width of a bucket.</param>
    /// <param name="timeZone">IANA name that both .NET and PostgreSQL know.</param>
    public async Task<IReadOnlyList<SpreadBucket>> GetSpreadAsync(
        long workflowId, TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, CancellationToken cancellationToken)
    {
        range = BucketStarts.Countable(range);
        if (range.From >= range.To)
            return [];
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var starts = await BucketStarts.QueryAsync(context, where, bucket, timeZone, cancellationToken);
        var source = await Partials.FindAsync(context, where, Dimensions.None, cancellationToken, starts, RollupTable.Sums);
        var rows = await source.QueryAsync<Spread>(
            context,
            $"""
            SELECT width_bucket(created_at, @starts) AS bucket_number, min(time_min) AS least, max(time_max) AS greatest
            FROM {source.Sums("time_min", "time_max")} AS p WHERE time_min IS NOT NULL GROUP BY 1 ORDER BY 1
            """,
            cancellationToken,
            ("starts", starts.ToArray()));
        return [.. rows.Select(row => new SpreadBucket(starts[row.BucketNumber - 1], RealDigits.From(row.Least), RealDigits.From(row.Greatest)))];
    }

    /// <summary>
    /// Mean milliseconds of every stage in each bucket, per job of the bucket that reported stages: the stages of a bucket add up to
    /// the mean time of such a job, whether or not each job runs all of them.
    /// </summary>
    /// <inheritdoc cref="GetSpreadAsync" path="/param"/>
    public async Task<IReadOnlyList<StageBucket>> GetStagesAsync(
        long workflowId, TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, CancellationToken cancellationToken)
    {
        range = BucketStarts.Countable(range);
        if (range.From >= range.To)
            return [];
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var starts = await BucketStarts.QueryAsync(context, where, bucket, timeZone, cancellationToken);
        var rows = await StageQueries.GetSumsAsync(context, where.With("starts", starts.ToArray()), GroupKey.Time(starts), cancellationToken);
        return
        [
            .. rows.GroupBy(row => row.Key).OrderBy(group => group.Key).SelectMany(group =>
            {
                var jobs = group.Sum(row => row.Firsts);
                return group.GroupBy(row => row.Name, StringComparer.Ordinal).OrderBy(stage => stage.Key, StringComparer.Ordinal)
                    .Select(stage => new StageBucket(starts[(int)group.Key - 1], stage.Key, stage.Sum(row => row.SumMs) / jobs, jobs));
            }),
        ];
    }

    private sealed record Spread(int BucketNumber, double Least, double Greatest);
}

/// <summary>How far the times per frame of one bucket spread.</summary>
/// <param name="BucketStart">Where the bucket starts, UTC.</param>
/// <param name="MinTimePerFrameMs">The least, ms.</param>
/// <param name="MaxTimePerFrameMs">The greatest, ms.</param>
public sealed record SpreadBucket(DateTime BucketStart, double MinTimePerFrameMs, double MaxTimePerFrameMs);

/// <summary>One stage in one bucket.</summary>
/// <param name="BucketStart">Where the bucket starts, UTC.</param>
/// <param name="Name">The stage.</param>
/// <param name="AvgDurationMs">Milliseconds of it ÷ <paramref name="JobCount"/>.</param>
/// <param name="JobCount">Jobs of the bucket that reported any stage.</param>
public sealed record StageBucket(DateTime BucketStart, string Name, double AvgDurationMs, long JobCount);
