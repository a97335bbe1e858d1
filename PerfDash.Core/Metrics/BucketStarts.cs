namespace PerfDash.Core.Metrics;

/// <summary>The buckets a range is cut into, on the calendar of a time zone.</summary>
internal static class BucketStarts
{
    /// <summary>
    /// SQL of the number, from 1, of the bucket of <c>scored_metrics AS m</c>; takes <c>@starts</c>, the buckets of
    /// <see cref="QueryAsync"/>. Searching the starts costs a fraction of truncating each moment on a calendar, whatever the zone.
    /// </summary>
    public const string Number = "width_bucket(m.created_at, @starts)";

    // The first and last moment .NET knows reach PostgreSQL as infinities, to which no series can be generated; and the
    // first bucket of a week in year 1 lies before Christ.
    private static readonly DateTimeOffset Earliest = new(2, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The part of the range from the year 2 to 9998.</summary>
    public static TimeRange Countable(TimeRange range) =>
        new(range.From < Earliest ? Earliest : range.From, range.To > Latest ? Latest : range.To);

    /// <summary>Where each bucket that touches the range starts, rising; the first at or before the range. The condition's range must be <see cref="Countable"/>.</summary>
    public static async Task<List<DateTime>> QueryAsync(
        PerfDashDbContext context, MetricCondition where, Bucket bucket, string timeZone, CancellationToken cancellationToken)
    {
        var word = bucket.Word();
        // Minutes and hours are counted in absolute time (by half hours, which is what Lord Howe's clock is put on by), longer ones on the
        // local calendar. Truncating each to the zone again makes a bucket start where the zone's clock starts it.
        var series = bucket is Bucket.Minute or Bucket.Hour
            ? $"generate_series(date_trunc(@bucket, @from, @zone), @to, INTERVAL '{(bucket == Bucket.Minute ? 1 : 30)} minutes') AS bucket_start"
            : $"""
               (SELECT local AT TIME ZONE @zone AS bucket_start FROM generate_series(
                   date_trunc(@bucket, @from AT TIME ZONE @zone), @to AT TIME ZONE @zone, INTERVAL '1 {word}') AS local) AS bucket_starts
               """;
        return await where.QueryAsync<DateTime>(
            context,
            $"""SELECT DISTINCT date_trunc(@bucket, bucket_start, @zone) AS "Value" FROM {series} WHERE bucket_start < @to ORDER BY 1""",
            cancellationToken,
            ("bucket", word),
            ("zone", TimeZones.ForDatabase(timeZone)));
    }
}
