namespace PerfDash.Web.Charts;

/// <summary>Charts over time buckets. Figures name only the buckets that have jobs; what a chart needs besides is worked out here, for all charts.</summary>
public static class ChartBuckets
{
    /// <summary>
    /// The input as a chart over the buckets (of the UTC calendar) that a range touches: buckets without a point become gaps, the axis
    /// reaches over the whole range, and buckets that the range cuts off are marked as unfinished. Where there are more buckets than
    /// a chart draws, one gap stands for each run of missing ones and the axis fits the points.
    /// </summary>
    public static ChartInput OverBuckets(this ChartInput input, TimeRange range, Bucket bucket)
    {
        var isListed = range.Length / bucket.ShortestLength() <= Downsampling.MaxPointsPerChart;
        DateTime[] starts = isListed ? [.. UtcBuckets.StartsIn(range, bucket)] : [];
        return input with
        {
            Axis = ChartAxis.Time,
            Grain = bucket switch { Bucket.Minute or Bucket.Hour => TimeGrain.Hour, Bucket.Day => TimeGrain.Day, Bucket.Week => TimeGrain.Week, _ => TimeGrain.Month },
            Range = starts.Length == 0 ? null : AxisOf(starts, range, bucket, input.Kind),
            Series = [.. input.Series.Select(s => s with { Points = [.. (isListed ? AllOf(s, starts) : WithGaps(s, bucket)).Select(p => Marked(p, s))] })],
        };

        ChartPoint Marked(ChartPoint point, ChartSeries series) =>
            point.Partial || series.Style == ChartSeriesStyle.Previous || !IsCut(Start(point), range, bucket, input.Unit) ? point : point with { Partial = true };
    }

    // The last bucket's end, or that of the range within it; bars stand around the start of their bucket and need room on both sides.
    private static ChartRange AxisOf(DateTime[] starts, TimeRange range, Bucket bucket, ChartKind kind)
    {
        var (first, last) = (new DateTimeOffset(starts[0], TimeSpan.Zero), new DateTimeOffset(starts[^1], TimeSpan.Zero));
        if (kind is ChartKind.Bar or ChartKind.StackedBar)
            return starts.Length > 1 ? new(first, last) : new(first.AddTicks(-bucket.ShortestLength().Ticks), first.Add(bucket.ShortestLength()));
        return new(first, starts.Length == 1 ? new DateTimeOffset(UtcBuckets.End(starts[0], bucket), TimeSpan.Zero) : range.To > last ? range.To : last);
    }

    // The end of a range cuts its last bucket; the start cuts the first, which only a count is less for (and a line is drawn dotted from its
    // first unfinished point on).
    private static bool IsCut(DateTime start, TimeRange range, Bucket bucket, ValueUnit unit) =>
        UtcBuckets.End(start, bucket) > range.To.UtcDateTime || (unit == ValueUnit.Count && start < range.From.UtcDateTime);

    private static IEnumerable<ChartPoint> AllOf(ChartSeries series, DateTime[] starts)
    {
        var known = series.Points.ToLookup(p => p.X);
        var missing = starts.Select(s => ChartPoint.At(new(s, TimeSpan.Zero), null)).Where(p => !known.Contains(p.X));
        return series.Points.Concat(missing).OrderBy(p => p.X);
    }

    private static IEnumerable<ChartPoint> WithGaps(ChartSeries series, Bucket bucket)
    {
        foreach (var (i, point) in series.Points.Index())
        {
            if (i > 0 && UtcBuckets.End(Start(series.Points[i - 1]), bucket) is var next && next < Start(point))
                yield return ChartPoint.At(new(next, TimeSpan.Zero), null);
            yield return point;
        }
    }

    private static DateTime Start(ChartPoint point) => DateTimeOffset.FromUnixTimeMilliseconds((long)point.X).UtcDateTime;
}
