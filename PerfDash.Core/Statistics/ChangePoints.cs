namespace PerfDash.Core.Statistics;

/// <summary>Where a series of figures changed its level.</summary>
/// <param name="Index">Index of the first figure after the change.</param>
/// <param name="Before">Mean of the stretch before it.</param>
/// <param name="After">Mean of the stretch after it.</param>
/// <param name="P">Share of shuffled series that show as large a change.</param>
public sealed record ChangePoint(int Index, double Before, double After, double P);

/// <summary>
/// Finds changes of level: the largest standardized CUSUM over all splits, evaluated by how often it is reached when the
/// same figures are shuffled, then again in the parts on either side (binary segmentation). Ranks stand for the figures,
/// so that outliers weigh no more than others (Pettitt 1979; permutation as in James and Matteson 2015).
/// </summary>
public static class ChangePoints
{
    /// <summary>Changes reported at most.</summary>
    public const int Most = 3;

    /// <summary>A stretch has at least this many figures.</summary>
    public const int ShortestStretch = 10;

    /// <summary>Changes with a larger p are chance.</summary>
    public const double Level = 0.01;

    private const int Shuffles = 999;

    /// <summary>The changes of <paramref name="values"/>, given in order of time; the result is in that order too and always the same for the same figures.</summary>
    public static IReadOnlyList<ChangePoint> Find(IReadOnlyList<double> values)
    {
        var random = new Random(20_260_218);
        List<(int Index, double P)> found = [];
        Queue<(int From, int To)> stretches = new([(0, values.Count)]);
        while (stretches.TryDequeue(out var stretch) && found.Count < Most)
        {
            var ranks = Ranks(values, stretch.From, stretch.To);
            if (Largest(ranks) is not { } split)
                continue;
            var reached = 0;
            // As soon as too many reach it, it is chance, whatever the others do.
            for (var i = 0; i < Shuffles && reached + 1 <= Level * (Shuffles + 1); i++)
            {
                random.Shuffle(ranks);
                // Two halves of equal rank sums have no largest split at all.
                if (Largest(ranks) is { } shuffled && shuffled.Size >= split.Size)
                    reached++;
            }

            var p = (reached + 1d) / (Shuffles + 1);
            if (p > Level)
                continue;
            var at = stretch.From + split.Index;
            found.Add((at, p));
            stretches.Enqueue((stretch.From, at));
            stretches.Enqueue((at, stretch.To));
        }

        found.Sort();
        int[] edges = [0, .. found.Select(f => f.Index), values.Count];
        return [.. found.Select((f, i) => new ChangePoint(f.Index, Mean(edges[i], f.Index), Mean(f.Index, edges[i + 2]), f.P))];

        double Mean(int from, int to) => values.Skip(from).Take(to - from).Average();
    }

    /// <summary>The split whose two sides differ most, in standard errors; null where there is no room or no difference at all.</summary>
    private static (int Index, double Size)? Largest(double[] values)
    {
        var n = values.Length;
        if (n < 2 * ShortestStretch)
            return null;
        var mean = values.Average();
        double sum = 0, best = 0;
        var index = 0;
        for (var k = 1; k <= n - ShortestStretch; k++)
        {
            sum += values[k - 1] - mean;
            var size = Math.Abs(sum) / Math.Sqrt((double)k * (n - k) / n);
            if (k < ShortestStretch || size <= best)
                continue;
            best = size;
            index = k;
        }

        return index == 0 ? null : (index, best);
    }

    private static double[] Ranks(IReadOnlyList<double> values, int from, int to)
    {
        int[] order = [.. Enumerable.Range(from, to - from).OrderBy(i => values[i])];
        var ranks = new double[to - from];
        for (var first = 0; first < order.Length;)
        {
            var next = first + 1;
            while (next < order.Length && values[order[next]].Equals(values[order[first]]))
                next++;
            for (var i = first; i < next; i++)
                ranks[order[i] - from] = (first + next - 1) / 2d;
            first = next;
        }

        return ranks;
    }
}
