using System.Data;

namespace PerfDash.Core.Overview;

/// <summary>The farm bucket by bucket: how much was made in each hour, day, week or month.</summary>
public sealed class ThroughputQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>More buckets than this are refused: nobody can read them, and they would only cost memory.</summary>
    public const int MaxPoints = 20_000;

    /// <summary>
    /// Every bucket that touches the range, empty ones included (count 0, figures null). Buckets follow the calendar of
    /// <paramref name="timeZone"/>, through daylight saving: a day there may have 23 or 25 hours.
    /// </summary>
    /// <param name="range">The range; the first and last bucket may be cut by it. Counted from the year 2 to 9998.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="bucket">Width of a bucket.</param>
    /// <param name="timeZone">IANA name that both .NET and PostgreSQL know.</param>
    /// <param name="parts">What is to be known beside counts, sums and extremes.</param>
    public async Task<IReadOnlyList<ThroughputPoint>> GetAsync(
        TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, CancellationToken cancellationToken, SummaryParts parts = SummaryParts.Usual)
    {
        range = BucketStarts.Countable(range);
        if (range.From >= range.To)
            return [];
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var starts = await BucketStarts.QueryAsync(context, where, bucket, timeZone, cancellationToken);
        var groups = await SummaryGroups.QueryAsync(
            context, where.With("starts", starts.ToArray()), GroupKey.Time(starts), cancellationToken, parts);
        return [.. starts.Select((start, i) => (groups.Find(i + 1) is { } summary ? new ThroughputPoint(summary) : new ThroughputPoint()) with { BucketStart = start })];
    }
}

/// <summary>One bucket of a series.</summary>
public sealed record ThroughputPoint : MetricSummary
{
    /// <summary>Of no jobs.</summary>
    public ThroughputPoint()
    {
    }

    /// <summary>Takes the figures of <paramref name="summary"/>.</summary>
    public ThroughputPoint(MetricSummary summary)
        : base(summary)
    {
    }

    /// <summary>Where the bucket starts, UTC.</summary>
    public DateTime BucketStart { get; init; }
}
