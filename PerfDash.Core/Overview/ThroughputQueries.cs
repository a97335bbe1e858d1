using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Overview;

/// <summary>The farm step by step: how much was made in each hour, day, week or month.</summary>
public sealed class ThroughputQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>More steps than this are refused: nobody can read them, and they would only cost memory.</summary>
    public const int MaxPoints = 20_000;

    // The first and last moment .NET knows reach PostgreSQL as infinities, to which no series can be generated; and the
    // first step of a week in year 1 lies before Christ.
    private static readonly DateTimeOffset Earliest = new(2, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Every step that touches the range, empty ones included (count 0, figures null). Steps follow the calendar of
    /// <paramref name="timeZone"/>, through daylight saving: a day there may have 23 or 25 hours.
    /// </summary>
    /// <param name="range">The range; the first and last step may be cut by it. Counted from the year 2 to 9998.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="bucket">Width of a step.</param>
    /// <param name="timeZone">IANA name that both .NET and PostgreSQL know.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <param name="withScores">False leaves the quality scores out: reading them takes most of the time.</param>
    public async Task<IReadOnlyList<ThroughputPoint>> GetAsync(
        TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, CancellationToken cancellationToken, bool withScores = true)
    {
        range = new TimeRange(range.From < Earliest ? Earliest : range.From, range.To > Latest ? Latest : range.To);
        if (range.From >= range.To)
            return [];
        var where = new MetricCondition(range, filter);
        var word = bucket.Word();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Steps: hours are counted in absolute time (by half hours, which is what Lord Howe's clock is put on by), longer
        // ones on the local calendar. Truncating each to the zone again makes a step's start equal to what its jobs are
        // grouped by, whatever the zone does.
        var series = bucket == Bucket.Hour
            ? "generate_series(date_trunc('hour', @from, @zone), @to, INTERVAL '30 minutes') AS step"
            : $"""
               (SELECT local AT TIME ZONE @zone AS step FROM generate_series(
                   date_trunc(@bucket, @from AT TIME ZONE @zone), @to AT TIME ZONE @zone, INTERVAL '1 {word}') AS local) AS steps
               """;
        var steps = await where.QueryAsync<DateTime>(
            context,
            $"""SELECT DISTINCT date_trunc(@bucket, step, @zone) AS "Value" FROM {series} WHERE step < @to ORDER BY 1""",
            cancellationToken,
            ("bucket", word),
            ("zone", timeZone));
        // Plan: one scan of the range, hash aggregate by step.
        var points = (await where.QueryAsync<ThroughputPoint>(
            context,
            $"""
            SELECT date_trunc(@bucket, m.created_at, @zone) AS bucket_start, {SummarySql.Columns}
            FROM performance_metrics AS m JOIN workers AS k ON k.id = m.worker_id WHERE {where.Sql} GROUP BY 1
            """,
            cancellationToken,
            ("bucket", word),
            ("zone", timeZone))).ToDictionary(p => p.BucketStart);
        var scores = !withScores ? [] : ScoreAverage.ByKey(await where.QueryAsync<ScoreAverage>(
            context,
            $"""
            SELECT extract(epoch FROM date_trunc(@bucket, m.created_at, @zone))::int8 AS key, s.name AS name, {SummarySql.ScoreAverage} AS average
            FROM performance_metrics AS m {SummarySql.ScoresJoin} WHERE {where.Sql} GROUP BY 1, 2
            """,
            cancellationToken,
            ("bucket", word),
            ("zone", timeZone)));
        return
        [
            .. steps.Select(step => points.TryGetValue(step, out var point)
                ? point with { Quality = scores.GetValueOrDefault(new DateTimeOffset(step).ToUnixTimeSeconds(), []) }
                : new ThroughputPoint { BucketStart = step }),
        ];
    }
}

/// <summary>One step of a series.</summary>
public sealed record ThroughputPoint : MetricSummary
{
    /// <summary>Where the step starts, UTC.</summary>
    public DateTime BucketStart { get; init; }
}
