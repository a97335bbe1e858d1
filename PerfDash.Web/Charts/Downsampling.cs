namespace PerfDash.Web.Charts;

/// <summary>Thins out long series for drawing. What stays are real points: nothing is averaged.</summary>
public static class Downsampling
{
    /// <summary>The most points one chart draws, over all its series.</summary>
    public const int MaxPointsPerChart = 2_000;

    /// <summary>The indexes of the points to draw when the chart's points are shared out among its series.</summary>
    public static IReadOnlyList<int> ForChart(IReadOnlyList<ChartPoint> points, int seriesCount) =>
        Keep(points, Math.Max(8, MaxPointsPerChart / Math.Max(1, seriesCount)));

    /// <summary>
    /// The indexes, ascending, of at most <paramref name="maxPoints"/> points (at least 8): the first and the last, and of every stretch
    /// of equally many points its lowest, its highest and, where values are missing in it, one gap.
    /// </summary>
    public static IReadOnlyList<int> Keep(IReadOnlyList<ChartPoint> points, int maxPoints)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPoints, 8);
        if (points.Count <= maxPoints)
            return [.. Enumerable.Range(0, points.Count)];

        var perStretch = points.Any(p => !IsValue(p)) ? 3 : 2;
        var stretches = (maxPoints - 2) / perStretch;
        var inner = points.Count - 2;
        var kept = new List<int>(maxPoints) { 0 };
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            var from = 1 + (int)((long)inner * stretch / stretches);
            var to = 1 + (int)((long)inner * (stretch + 1) / stretches);
            kept.AddRange(KeepOfStretch(points, from, to));
        }

        kept.Add(points.Count - 1);
        return kept;
    }

    private static IEnumerable<int> KeepOfStretch(IReadOnlyList<ChartPoint> points, int from, int to)
    {
        int lowest = -1, highest = -1, gap = -1;
        for (var i = from; i < to; i++)
        {
            if (!IsValue(points[i]))
            {
                gap = gap < 0 ? i : gap;
                continue;
            }

            lowest = lowest < 0 || points[i].Y < points[lowest].Y ? i : lowest;
            highest = highest < 0 || points[i].Y > points[highest].Y ? i : highest;
        }

        return new[] { lowest, highest, gap }.Where(i => i >= 0).Distinct().Order();
    }

    private static bool IsValue(ChartPoint point) => point.Y is { } y && double.IsFinite(y);
}
