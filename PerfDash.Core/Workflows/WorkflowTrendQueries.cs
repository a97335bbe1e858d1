using System.Data;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Workflows;

/// <summary>How a workflow's figures move over time.</summary>
public sealed class WorkflowTrendQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    private const int MaxListedBuckets = 20_000;

    /// <summary>The buckets of the range in which the workflow had jobs, oldest first; null when there is no such workflow.</summary>
    /// <param name="range">The range; the first and last bucket may be cut by it.</param>
    /// <param name="filter">Which of its jobs; a workflow named here is ignored.</param>
    /// <param name="bucket">Width of a bucket.</param>
    /// <param name="timeZone">IANA name that both .NET and PostgreSQL know; buckets follow its calendar.</param>
    /// <param name="window">Points in a moving average, at least 1.</param>
    public async Task<WorkflowTrend?> GetAsync(
        long workflowId, TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, int window, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (await WorkflowQueries.NameAsync(context, workflowId, cancellationToken) is not { } name)
            return null;

        return new WorkflowTrend(workflowId, name, bucket, timeZone, window, Points(await BucketsAsync(context, where, range, bucket, timeZone, cancellationToken), window));
    }

    /// <summary>The buckets with jobs, in order.</summary>
    private static async Task<List<(DateTime Start, MetricSummary Summary)>> BucketsAsync(
        PerfDashDbContext context, MetricCondition where, TimeRange range, Bucket bucket, string timeZone, CancellationToken cancellationToken)
    {
        // A range of thousands of years has more buckets than are worth listing: there each moment is put on the calendar.
        var countable = BucketStarts.Countable(range);
        if (countable != range || range.Length / bucket.ShortestLength() > MaxListedBuckets)
        {
            var byMoment = await SummaryGroups.QueryAsync(
                context,
                where.WithoutRollups().With("bucket", bucket.Word()).With("zone", TimeZones.ForDatabase(timeZone)),
                new GroupKey("extract(epoch FROM date_trunc(@bucket, m.created_at, @zone))", Dimensions.None),
                cancellationToken,
                SummaryParts.Scores);
            return [.. byMoment.Keys.Order().Select(key => (DateTimeOffset.FromUnixTimeSeconds(key).UtcDateTime, byMoment.Find(key)!))];
        }

        var starts = await BucketStarts.QueryAsync(context, where, bucket, timeZone, cancellationToken);
        var groups = await SummaryGroups.QueryAsync(context, where.With("starts", starts.ToArray()), GroupKey.Time(starts), cancellationToken, SummaryParts.Scores);
        return [.. groups.Keys.Order().Select(key => (starts[(int)key - 1], groups.Find(key)!))];
    }

    private static List<TrendPoint> Points(List<(DateTime Start, MetricSummary Summary)> buckets, int window)
    {
        var times = MovingAverage.Over(buckets.ConvertAll(s => s.Summary.AvgTimePerFrameMs), window);
        var quality = buckets.ConvertAll(_ => new SortedDictionary<string, TrendScore>(StringComparer.Ordinal));
        foreach (var name in buckets.SelectMany(s => s.Summary.Quality.Keys).Distinct(StringComparer.Ordinal))
        {
            var series = buckets.ConvertAll(s => s.Summary.Quality.TryGetValue(name, out var average) ? average : (double?)null);
            var moving = MovingAverage.Over(series, window);
            for (var i = 0; i < buckets.Count; i++)
            {
                if (moving[i] is not null)
                    quality[i][name] = new TrendScore(series[i], moving[i]);
            }
        }

        return
        [
            .. buckets.Select((bucket, i) => new TrendPoint
            {
                BucketStart = bucket.Start,
                JobCount = bucket.Summary.JobCount,
                AvgTimePerFrameMs = bucket.Summary.AvgTimePerFrameMs,
                AvgGpuTimeMs = bucket.Summary.AvgGpuTimeMs,
                AvgVramPeakMb = bucket.Summary.AvgVramPeakMb,
                Quality = quality[i],
                MovingAvgTimePerFrameMs = times[i],
            }),
        ];
    }
}

/// <summary>A workflow bucket by bucket.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="WorkflowName">Its name.</param>
/// <param name="Bucket">Width of a bucket.</param>
/// <param name="TimeZone">IANA name of the calendar the buckets follow.</param>
/// <param name="Window">Points in a moving average.</param>
/// <param name="Points">Buckets with jobs, oldest first.</param>
public sealed record WorkflowTrend(long WorkflowId, string WorkflowName, Bucket Bucket, string TimeZone, int Window, IReadOnlyList<TrendPoint> Points);

/// <summary>One bucket. Averages are plain means over its jobs that have the value, null when none has.</summary>
public sealed record TrendPoint
{
    /// <summary>Where the bucket starts, UTC.</summary>
    public required DateTime BucketStart { get; init; }

    /// <summary>Jobs, at least 1.</summary>
    public required long JobCount { get; init; }

    /// <summary>Mean milliseconds per frame.</summary>
    public required double? AvgTimePerFrameMs { get; init; }

    /// <summary>Mean GPU milliseconds per job.</summary>
    public required double? AvgGpuTimeMs { get; init; }

    /// <summary>Mean VRAM peak, MB.</summary>
    public required double? AvgVramPeakMb { get; init; }

    /// <summary>By name, the scores that this bucket or one of the moving average's window has.</summary>
    public required IReadOnlyDictionary<string, TrendScore> Quality { get; init; }

    /// <summary>Moving average of <see cref="AvgTimePerFrameMs"/>; see <see cref="MovingAverage"/>.</summary>
    public required double? MovingAvgTimePerFrameMs { get; init; }
}

/// <summary>A score in one bucket.</summary>
/// <param name="Avg">Plain mean over the bucket's jobs that have it; null when none has.</param>
/// <param name="MovingAvg">Moving average of those means; see <see cref="MovingAverage"/>.</param>
public sealed record TrendScore(double? Avg, double? MovingAvg);
