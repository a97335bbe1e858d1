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
    /// The indexes, ascending, of at most <paramref name="maxPoints"/> points (at least 8): the first and the last, of every stretch
    /// of equally many points its lowest and its highest, and a gap between two of those wherever values are missing between them.
    /// </summary>
    public static IReadOnlyList<int> Keep(IReadOnlyList<ChartPoint> points, int maxPoints)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPoints, 8);
        if (points.Count <= maxPoints)
            return [.. Enumerable.Range(0, points.Count)];

        int[] gaps = [.. points.Index().Where(p => !IsValue(p.Item)).Select(p => p.Index)];
        // Each kept point may be followed by a gap.
        var stretches = gaps.Length > 0 ? (maxPoints - 3) / 4 : (maxPoints - 2) / 2;
        var inner = points.Count - 2;
        var kept = new List<int>(maxPoints) { 0 };
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            var from = 1 + (int)((long)inner * stretch / stretches);
            var to = 1 + (int)((long)inner * (stretch + 1) / stretches);
            foreach (var index in ExtremesOf(points, from, to).Append(stretch == stretches - 1 ? points.Count - 1 : -1).Where(i => i >= 0))
            {
                var gap = Array.BinarySearch(gaps, kept[^1] + 1) is var place && place < 0 ? ~place : place;
                if (gap < gaps.Length && gaps[gap] < index)
                    kept.Add(gaps[gap]);
                kept.Add(index);
            }
        }

        return kept;
    }

    private static IEnumerable<int> ExtremesOf(IReadOnlyList<ChartPoint> points, int from, int to)
    {
        int lowest = -1, highest = -1;
        for (var i = from; i < to; i++)
        {
            if (!IsValue(points[i]))
                continue;
            lowest = lowest < 0 || points[i].Y < points[lowest].Y ? i : lowest;
            highest = highest < 0 || points[i].Y > points[highest].Y ? i : highest;
        }

        return new[] { lowest, highest }.Where(i => i >= 0).Distinct().Order();
    }

    private static bool IsValue(ChartPoint point) => ChartPoint.IsDrawable(point.Y);
}
