namespace PerfDash.Core.Quality;

/// <summary>Which parameter of a sample goes with a score most.</summary>
public static class Relatedness
{
    private const int FewestJobs = 10;

    /// <summary>
    /// The numeric parameter with the greatest size of Pearson's r with the score among the jobs that have both; null
    /// where no parameter varies in at least 10 of them. What looks like a seed does not take part.
    /// </summary>
    public static string? Strongest(QualitySample sample, string score)
    {
        (string Name, double Size)? best = null;
        foreach (var name in sample.Jobs.SelectMany(j => j.Parameters.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            (double X, double Y)[] pairs =
            [
                .. sample.Jobs.Select(j => (X: j.Parameters.GetValueOrDefault(name).Number, Y: j.Scores.GetValueOrDefault(score).Number))
                    .Where(p => p is { X: not null, Y: not null } && Math.Abs(p.X.Value) < 1e100 && Math.Abs(p.Y.Value) < 1e100).Select(p => (p.X!.Value, p.Y!.Value)),
            ];
            if (pairs.Length >= FewestJobs && !LooksLikeSeed([.. pairs.Select(p => p.X)]) && Pearson(pairs) is { } r && Math.Abs(r) > (best?.Size ?? -1))
                best = (name, Math.Abs(r));
        }

        return best?.Name;
    }

    /// <summary>True for whole numbers of which hardly two are equal and which reach beyond a million: drawn at random, not chosen.</summary>
    public static bool LooksLikeSeed(IReadOnlyCollection<double> values) =>
        values.Count >= FewestJobs && values.Max(Math.Abs) > 1_000_000 && values.All(double.IsInteger) && values.Distinct().Count() > values.Count * 0.9;

    private static double? Pearson((double X, double Y)[] pairs)
    {
        var (mx, my) = (pairs.Average(p => p.X), pairs.Average(p => p.Y));
        var (xx, yy) = (pairs.Sum(p => (p.X - mx) * (p.X - mx)), pairs.Sum(p => (p.Y - my) * (p.Y - my)));
        return xx > 0 && yy > 0 ? pairs.Sum(p => (p.X - mx) * (p.Y - my)) / Math.Sqrt(xx * yy) : null;
    }
}
