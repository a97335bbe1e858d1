namespace PerfDash.Core.Statistics;

/// <summary>The moving average of a series of points.</summary>
public static class MovingAverage
{
    /// <summary>
    /// For each point the plain mean of its own value and those of the <paramref name="window"/> − 1 points before it.
    /// Points without a value take up their place in the window but no part in the mean; null where no point of the
    /// window has one. Points are counted, not calendar buckets: at the start the window is shorter.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="window"/> is less than 1.</exception>
    public static double?[] Over(IReadOnlyList<double?> values, int window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        var means = new double?[values.Count];
        for (var i = 0; i < means.Length; i++)
        {
            var (sum, count) = (0d, 0);
            // Added up anew for each point: a running sum would carry the rounding of every value that has left it.
            for (var j = Math.Max(0, i - window + 1); j <= i; j++)
            {
                if (values[j] is { } value)
                {
                    sum += value;
                    count++;
                }
            }

            means[i] = count == 0 ? null : sum / count;
        }

        return means;
    }
}
