using System.Data;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Overview;

/// <summary>When in the week the farm is busy.</summary>
public sealed class HourlyLoadQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    private static readonly TimeSpan GoneThrough = TimeSpan.FromDays(200 * 365.25);

    /// <summary>Jobs by hour of the week in the calendar of <paramref name="timeZone"/> (IANA); only hours of the week that the range touches.</summary>
    public async Task<IReadOnlyList<HourlyLoad>> GetAsync(TimeRange range, MetricFilter filter, string timeZone, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        // Of a range of millennia every hour of the week occurs once a week, but for the zone's clock changes.
        var length = range.To - range.From;
        var weeks = length > GoneThrough ? (length.Ticks / (7 * TimeSpan.TicksPerDay)) - 2 : 0;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        // Hours of roll-ups are hours of the zone's clock unless its offset has a half or a quarter of one.
        var zone = TimeZoneInfo.FindSystemTimeZoneById(timeZone);
        var isWhole = zone.BaseUtcOffset.Minutes == 0 && zone.GetAdjustmentRules().All(rule => rule.DaylightDelta.Minutes == 0 && rule.BaseUtcOffsetDelta.Minutes == 0);
        var hours = RollupTable.Sums with { OfDays = [] };
        var source = await Partials.FindAsync(context, isWhole ? where : where.WithoutRollups(), Dimensions.None, cancellationToken, tables: hours);
        // Counted by quarters of an hour since 1970, which every clock of the last fifty years agrees with; only those are put on
        // the zone's calendar. How often an hour of the week occurred is counted apart: an hour without a job is one of them.
        return await source.QueryAsync<HourlyLoad>(
            context,
            $"""
            WITH hours AS (
                SELECT extract(isodow FROM local)::int4 AS iso_weekday, extract(hour FROM local)::int4 AS hour, count(*) + @weeks AS occurrences
                FROM (SELECT h AT TIME ZONE @zone AS local
                      FROM generate_series(date_trunc('hour', @rest::timestamptz), @to::timestamptz - INTERVAL '1 microsecond', INTERVAL '1 hour') AS h) AS all_hours
                GROUP BY 1, 2
            ), jobs AS (
                SELECT extract(isodow FROM local)::int4 AS iso_weekday, extract(hour FROM local)::int4 AS hour, sum(count)::int8 AS job_count
                FROM (
                    SELECT to_timestamp(quarter * 900) AT TIME ZONE @zone AS local, sum(jobs) AS count
                    FROM (SELECT floor(date_part('epoch', created_at) / 900) AS quarter, jobs FROM {source.Sums("jobs")} AS p) AS jobs
                    GROUP BY quarter
                ) AS quarters GROUP BY 1, 2
            )
            SELECT iso_weekday, hour, occurrences, COALESCE(job_count, 0) AS job_count
            FROM hours LEFT JOIN jobs USING (iso_weekday, hour) ORDER BY 1, 2
            """,
            cancellationToken,
            ("zone", TimeZones.ForDatabase(timeZone)),
            ("rest", range.From.UtcDateTime.AddDays(7 * weeks)),
            ("weeks", weeks));
    }
}

/// <summary>One hour of the week.</summary>
/// <param name="IsoWeekday">1 is Monday, 7 is Sunday.</param>
/// <param name="Hour">0 to 23.</param>
/// <param name="Occurrences">How many such hours the range touches, at least 1.</param>
/// <param name="JobCount">Jobs completed in them, all together.</param>
public sealed record HourlyLoad(int IsoWeekday, int Hour, long Occurrences, long JobCount)
{
    /// <summary>Jobs per hour, on average.</summary>
    public double JobsPerHour => (double)JobCount / Occurrences;
}
