namespace PerfDash.Core.Rollups;

/// <summary>Which parts of a range roll-ups answer, as one snapshot sees it, and which are left to the metrics.</summary>
/// <param name="Days">Starts of closed days, UTC.</param>
/// <param name="Hours">Starts of closed hours outside these days, UTC.</param>
/// <param name="Gaps">The rest of the range, in order.</param>
internal sealed record RollupSpans(DateTime[] Days, DateTime[] Hours, IReadOnlyList<TimeRange> Gaps)
{
    /// <summary>Gaps that are read one by one, at most: beyond, the closed time between the nearest is read with them.</summary>
    private const int MostGaps = 24;

    /// <summary>Closed spans <c>grain, start</c> that changed since they were computed.</summary>
    // Plan: the changes, which are few, against the spans by key.
    public const string Stale =
        """
        SELECT s.grain, s.start FROM rollup_changes AS c JOIN rollup_spans AS s
          ON (s.grain = 'h' AND s.start = c.hour) OR (s.grain = 'd' AND s.start = date_trunc('day', c.hour, 'UTC'))
        WHERE NOT pg_visible_in_snapshot(c.xid, s.snapshot)
        UNION
        SELECT s.grain, s.start FROM rollup_changes AS c JOIN rollup_spans AS s ON s.grain = 'b' AND s.start > c.busy_from - INTERVAL '1 hour' AND s.start <= c.hour
        WHERE NOT pg_visible_in_snapshot(c.xid, s.snapshot)
        """;

    /// <summary>Nothing from roll-ups.</summary>
    public static RollupSpans None(TimeRange range) => new([], [], range.From < range.To ? [range] : []);

    /// <summary>Looks them up.</summary>
    /// <param name="context">Where to ask, in a transaction with one snapshot.</param>
    /// <param name="days">Whether days may be used.</param>
    /// <param name="hours">The grain of hours that may be used, <c>h</c> or <c>b</c>; null for none.</param>
    /// <param name="cuts">Moments at which a new group starts, rising: no span may lie across one.</param>
    public static async Task<RollupSpans> FindAsync(
        PerfDashDbContext context, TimeRange range, bool days, char? hours, IReadOnlyList<DateTime> cuts, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, MetricFilter.None);
        var chosenDays = !days ? [] : Uncut(await QueryAsync(where, 'd', [range]), TimeSpan.FromDays(1), cuts);
        var rest = Rest(range, chosenDays, TimeSpan.FromDays(1));
        var chosenHours = hours is null || rest.Count == 0 ? [] : Uncut(await QueryAsync(where, hours.Value, rest), TimeSpan.FromHours(1), cuts);
        rest = [.. rest.SelectMany(gap => Rest(gap, chosenHours.Where(h => h >= gap.From.UtcDateTime && h < gap.To.UtcDateTime), TimeSpan.FromHours(1)))];
        if (rest.Count <= MostGaps)
            return new RollupSpans(chosenDays, chosenHours, rest);

        rest = Joined(rest);
        bool IsLeft(DateTime start) => !rest.Any(gap => gap.From.UtcDateTime <= start && start < gap.To.UtcDateTime);
        return new RollupSpans([.. chosenDays.Where(IsLeft)], [.. chosenHours.Where(IsLeft)], rest);

        async Task<List<DateTime>> QueryAsync(MetricCondition where, char grain, IReadOnlyList<TimeRange> within) => await where.QueryAsync<DateTime>(
            context,
            $"""
            SELECT s.start AS "Value" FROM unnest(@froms, @tos) AS part(since, until)
            JOIN rollup_spans AS s ON s.grain = '{grain}' AND s.start >= part.since AND s.start <= part.until - INTERVAL '1 {(grain == 'd' ? "day" : "hour")}'
            WHERE coalesce(current_setting('perfdash.rollups', true), '') <> 'off'
              AND NOT EXISTS (SELECT 1 FROM ({Stale}) AS stale WHERE stale.grain = s.grain AND stale.start = s.start)
            ORDER BY 1
            """,
            cancellationToken,
            ("froms", within.Select(part => part.From.UtcDateTime).ToArray()),
            ("tos", within.Select(part => part.To.UtcDateTime).ToArray()));
    }

    private static DateTime[] Uncut(List<DateTime> starts, TimeSpan length, IReadOnlyList<DateTime> cuts)
    {
        DateTime[] sorted = [.. cuts];
        return [.. starts.Where(start =>
        {
            var next = Array.BinarySearch(sorted, start);
            next = next >= 0 ? next + 1 : ~next;
            return next == sorted.Length || sorted[next] >= start + length;
        })];
    }

    private static List<TimeRange> Rest(TimeRange range, IEnumerable<DateTime> spans, TimeSpan length)
    {
        List<TimeRange> rest = [];
        var from = range.From;
        foreach (var span in spans)
        {
            var start = new DateTimeOffset(span, TimeSpan.Zero);
            if (from < start)
                rest.Add(new TimeRange(from, start));
            from = start + length;
        }

        if (from < range.To)
            rest.Add(new TimeRange(from, range.To));
        return rest;
    }

    private static List<TimeRange> Joined(List<TimeRange> gaps)
    {
        var widest = gaps.Zip(gaps.Skip(1)).Select((pair, i) => (Place: i, Distance: pair.Second.From - pair.First.To))
            .OrderByDescending(between => between.Distance).Take(MostGaps - 1).Select(between => between.Place).Order();
        List<TimeRange> joined = [];
        var first = 0;
        foreach (var place in widest.Append(gaps.Count - 1))
        {
            joined.Add(new TimeRange(gaps[first].From, gaps[place].To));
            first = place + 1;
        }

        return joined;
    }
}
