using PerfDash.Core.Statistics;

namespace PerfDash.Core.Comparison.Changes;

/// <summary>When a parameter's usual value changed.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Index">Index of the first job after the change.</param>
/// <param name="Before">Its most frequent value before.</param>
/// <param name="After">Its most frequent value after.</param>
public sealed record ParameterChange(string Name, int Index, string Before, string After);

/// <summary>
/// Finds parameters whose usual value changed once for good: the split after which a value's share rose most, kept where
/// the most frequent value differs on both sides and the new one's share rose by at least half.
/// </summary>
public static class ParameterChanges
{
    private const double LeastRise = 0.5;

    /// <summary>A parameter with more values than this is no setting but a seed, a prompt or a measurement.</summary>
    private const int MostValues = 50;

    /// <summary>The changes, earliest first.</summary>
    /// <param name="jobs">The parameters of each job, as text by name, in order of time.</param>
    public static IReadOnlyList<ParameterChange> Find(IReadOnlyList<IReadOnlyDictionary<string, string>> jobs)
    {
        var names = jobs.SelectMany(job => job.Keys).Distinct(StringComparer.Ordinal);
        return [.. names.Select(name => Find(name, jobs)).OfType<ParameterChange>().OrderBy(c => c.Index).ThenBy(c => c.Name, StringComparer.Ordinal)];
    }

    private static ParameterChange? Find(string name, IReadOnlyList<IReadOnlyDictionary<string, string>> jobs)
    {
        (int Job, string Value)[] series = [.. jobs.Select((job, i) => (i, job.GetValueOrDefault(name)!)).Where(v => v.Item2 is not null)];
        var counts = series.CountBy(v => v.Value).OrderByDescending(v => v.Value).ToArray();
        if (series.Length < 2 * ChangePoints.ShortestStretch || counts.Length is < 2 or > MostValues)
            return null;

        (double Rise, int At)? best = null;
        foreach (var (value, count) in counts.Take(10))
        {
            var seen = 0;
            for (var k = 1; k <= series.Length - ChangePoints.ShortestStretch; k++)
            {
                seen += series[k - 1].Value == value ? 1 : 0;
                if (k < ChangePoints.ShortestStretch)
                    continue;
                var rise = ((double)(count - seen) / (series.Length - k)) - ((double)seen / k);
                // Weighed by the size of both sides as a CUSUM is, so that a short stretch at an end does not win by luck.
                var weighed = rise * Math.Sqrt((double)k * (series.Length - k)) / series.Length;
                if (rise >= LeastRise && weighed > (best?.Rise ?? 0))
                    best = (weighed, k);
            }
        }

        if (best is not { } split)
            return null;
        var before = MostFrequent(series[..split.At]);
        var after = MostFrequent(series[split.At..]);
        return before == after ? null : new ParameterChange(name, series[split.At].Job, before, after);
    }

    private static string MostFrequent((int Job, string Value)[] values) =>
        values.CountBy(v => v.Value).OrderByDescending(v => v.Value).ThenBy(v => v.Key, StringComparer.Ordinal).First().Key;
}
