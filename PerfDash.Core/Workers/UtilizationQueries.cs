using PerfDash.Core.Metrics;
using PerfDash.Data;

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
    /// <param name="context">Where to ask.</param>
    /// <param name="range">The range.</param>
    /// <param name="workerIds">The workers.</param>
    /// <param name="areAll">True when they are all that have jobs: the rows then need not be told apart.</param>
    /// <param name="now">No time after it has passed.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async Task<Dictionary<long, Utilization>> QueryAsync(
        PerfDashDbContext context, TimeRange range, long[] workerIds, bool areAll, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ofThem = areAll ? "" : "m.worker_id = ANY(@worker_ids) AND";
        var passed = Utilization.Passed(range, now);
        // Rows up to the end are found by their moment. Later ones reach back into the range by their wall time only:
        // within a day any, beyond it those that ran for more than a day, which have an index of their own.
        // Moments become numbers by date_part, which unlike extract counts in doubles: they hold microseconds of our time.
        // Gaps and islands: in order of their starts, each interval adds what lies beyond the furthest end before it.
        // Plan: of all workers a parallel scan that each process sorts its share of; of some their index.
        var unions = passed.Length == TimeSpan.Zero
            ? []
            : await new MetricCondition(passed, MetricFilter.None).QueryAsync<GeneratingTime>(
                context,
                $"""
                WITH found AS (
                    SELECT m.worker_id, m.created_at, m.total_wall_time_ms FROM performance_metrics AS m
                    WHERE {ofThem} m.total_wall_time_ms > 0 AND m.created_at > @from AND m.created_at < @day_after
                    UNION ALL
                    SELECT m.worker_id, m.created_at, m.total_wall_time_ms FROM performance_metrics AS m
                    WHERE {ofThem} m.total_wall_time_ms > 86400000 AND m.created_at >= @day_after AND {HostRows.IsMoment("m.created_at")}
                ), ends AS (
                    SELECT worker_id, (date_part('epoch', created_at) * 1000000)::int8 AS completed_us,
                           least(total_wall_time_ms, {LongestWallTimeMs}) * 1000 AS wall_us FROM found
                ), runs AS (
                    SELECT worker_id, greatest(completed_us - wall_us, @from_us) AS started, least(completed_us, @to_us) AS ended FROM ends
                ), steps AS (
                    SELECT worker_id, started, ended, max(ended) OVER (
                        PARTITION BY worker_id ORDER BY started, ended ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
                    FROM runs WHERE started < ended
                )
                SELECT worker_id, sum(greatest(0, ended - greatest(started, coalesce(reached, started))))::int8 AS generating_us
                FROM steps GROUP BY worker_id
                """,
                cancellationToken,
                ("worker_ids", workerIds),
                ("day_after", passed.To.UtcDateTime < DateTime.MaxValue.AddDays(-1) ? passed.To.UtcDateTime.AddDays(1) : DateTime.MaxValue),
                ("from_us", Microseconds(passed.From)),
                ("to_us", Microseconds(passed.To)));
        var generating = unions.ToDictionary(u => u.WorkerId, u => TimeSpan.FromMicroseconds(u.GeneratingUs));
        return workerIds.ToDictionary(id => id, id => Utilization.Of(passed, generating.GetValueOrDefault(id)));
    }

    private static long Microseconds(DateTimeOffset moment) => (moment - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private sealed record GeneratingTime(long WorkerId, long GeneratingUs);
}
