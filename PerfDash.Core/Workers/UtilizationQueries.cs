using PerfDash.Core.Rollups;

namespace PerfDash.Core.Workers;

/// <summary>The union of job intervals on workers, worked out where the rows are.</summary>
internal static class UtilizationQueries
{
    // Every value is in microseconds since 1970 within BIGINT: a wall time beyond 285 years is cut, far outside any range.
    private const long LongestWallTimeMs = 9_000_000_000_000;

    /// <summary>
    /// Utilization of each of these workers, over all their jobs. A job that completed after the range but started in or
    /// before it fills the range too; a job without a wall time fills nothing.
    /// </summary>
    /// <param name="context">Where to ask, in a transaction with one snapshot.</param>
    /// <param name="areAll">True when they are all that have jobs: the rows then need not be distinguished.</param>
    /// <param name="now">No time after it has passed.</param>
    public static async Task<Dictionary<long, Utilization>> QueryAsync(
        PerfDashDbContext context, TimeRange range, long[] workerIds, bool areAll, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var passed = Utilization.Passed(range, now);
        var generating = workerIds.ToDictionary(id => id, _ => TimeSpan.Zero);
        if (passed.Length > TimeSpan.Zero)
        {
            // The union over a range is the sum of the unions over its parts.
            var spans = await RollupSpans.FindAsync(context, passed, days: false, hours: 'b', [], cancellationToken);
            if (spans.Hours.Length > 0)
            {
                Add(await new MetricCondition(passed, MetricFilter.None).QueryAsync<GeneratingTime>(
                    context,
                    "SELECT worker_id, sum(busy_us)::int8 AS generating_us FROM rollup_busy WHERE start = ANY(@hours) AND worker_id = ANY(@worker_ids) GROUP BY worker_id",
                    cancellationToken,
                    ("hours", spans.Hours),
                    ("worker_ids", workerIds)));
            }

            foreach (var gap in spans.Gaps)
            {
                Add(await new MetricCondition(gap, MetricFilter.None).QueryAsync<GeneratingTime>(
                    context, BusySql(areAll ? "true" : "m.worker_id = ANY(@worker_ids)"), cancellationToken, [.. BusyParameters(gap), ("worker_ids", workerIds)]));
            }
        }

        return generating.ToDictionary(worker => worker.Key, worker => Utilization.From(passed, worker.Value));

        void Add(List<GeneratingTime> times)
        {
            foreach (var part in times.Where(part => generating.ContainsKey(part.WorkerId)))
                generating[part.WorkerId] += TimeSpan.FromMicroseconds(part.GeneratingUs);
        }
    }

    /// <summary>
    /// SQL of the microseconds each worker was busy within a range: rows <c>worker_id</c>, <c>generating_us</c>. Takes
    /// <see cref="BusyParameters"/> and what <paramref name="which"/>, a condition on <c>scored_metrics AS m</c>, names. By hour it has
    /// <c>start</c> too and takes <c>@starts</c>, hours of the range.
    /// </summary>
    // Rows up to the end are found by their moment. Later ones reach back into the range by their wall time only:
    // within a day any, beyond it those that ran for more than a day, which have an index of their own.
    // Moments become numbers by date_part, which unlike extract counts in doubles: they hold microseconds of our time.
    // Gaps and islands: in order of their starts, each interval adds what lies beyond the furthest end before it.
    // Plan: of all workers a parallel scan that each process sorts its share of; of some their index.
    public static string BusySql(string which, bool byHour = false) =>
        $"""
        WITH found AS (
            SELECT m.worker_id, m.created_at, m.total_wall_time_ms FROM scored_metrics AS m
            WHERE {which} AND m.total_wall_time_ms > 0 AND m.created_at > @busy_from AND m.created_at < @day_after
            UNION ALL
            SELECT m.worker_id, m.created_at, m.total_wall_time_ms FROM scored_metrics AS m
            WHERE {which} AND m.total_wall_time_ms > 86400000 AND m.created_at >= @day_after AND {HostRows.IsMoment("m.created_at")}
        ), ends AS (
            SELECT worker_id, (date_part('epoch', created_at) * 1000000)::int8 AS completed_us,
                   least(total_wall_time_ms, {LongestWallTimeMs}) * 1000 AS wall_us FROM found
        ), runs AS (
            SELECT worker_id, part, greatest(completed_us - wall_us, part_from_us) AS started, least(completed_us, part_to_us) AS ended FROM ends CROSS JOIN ({(byHour
                ? "SELECT h AS part, (date_part('epoch', h) * 1000000)::int8 AS part_from_us, (date_part('epoch', h) * 1000000)::int8 + 3600000000 AS part_to_us FROM unnest(@starts) AS h"
                : "SELECT NULL::timestamptz AS part, @from_us AS part_from_us, @to_us AS part_to_us")}) AS parts
            WHERE completed_us > part_from_us AND completed_us - wall_us < part_to_us
        ), steps AS (
            SELECT worker_id, part, started, ended, max(ended) OVER (
                PARTITION BY worker_id, part ORDER BY started, ended ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
            FROM runs WHERE started < ended
        )
        SELECT worker_id, part AS start, sum(greatest(0, ended - greatest(started, coalesce(reached, started))))::int8 AS generating_us
        FROM steps GROUP BY worker_id, part
        """;

    /// <summary>What <see cref="BusySql"/> takes for a range.</summary>
    public static (string Name, object Value)[] BusyParameters(TimeRange range) =>
    [
        ("busy_from", range.From.UtcDateTime),
        ("day_after", range.To.UtcDateTime < DateTime.MaxValue.AddDays(-1) ? range.To.UtcDateTime.AddDays(1) : DateTime.MaxValue),
        ("from_us", Microseconds(range.From)),
        ("to_us", Microseconds(range.To)),
    ];

    private static long Microseconds(DateTimeOffset moment) => (moment - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private sealed record GeneratingTime(long WorkerId, long GeneratingUs);
}
