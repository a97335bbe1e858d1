namespace PerfDash.Core.Comparison.Changes;

/// <summary>What one side's jobs set a parameter to.</summary>
/// <param name="Usual">The most frequent value as text, at most 200 characters of it.</param>
/// <param name="Share">Its share of the jobs that set the parameter, 0 to 1.</param>
/// <param name="Values">How many different values there are.</param>
/// <param name="Jobs">Jobs looked at that set it.</param>
public sealed record SideParameter(string Usual, double Share, int Values, long Jobs)
{
    private const int ManyValues = 20;

    /// <summary>True for what is no setting but a seed, a prompt or a measurement: many values and none of them usual.</summary>
    public bool Varies => Values > ManyValues && Share < 0.5;
}

/// <summary>A parameter on every side of a comparison.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Sides">What each side sets; null where none of its jobs sets it.</param>
/// <param name="Differs">True where the usual value, or the mix of values, is not the same everywhere.</param>
public sealed record ComparedParameter(string Name, IReadOnlyList<SideParameter?> Sides, bool Differs)
{
    /// <summary>Mixes of values that overlap by less than this are different.</summary>
    private const double SameMix = 0.9;

    /// <summary>Sums up counted values; parameters in the order of their names.</summary>
    /// <param name="sides">How many sides there are.</param>
    /// <param name="counts">How many jobs of a side have a value; a side is known by its place from 0.</param>
    public static IReadOnlyList<ComparedParameter> From(int sides, IEnumerable<(int Side, string Name, string Value, long Jobs)> counts) =>
    [
        .. counts.GroupBy(c => c.Name, StringComparer.Ordinal).OrderBy(c => c.Key, StringComparer.Ordinal).Select(parameter =>
        {
            var bySide = parameter.GroupBy(c => c.Side).ToDictionary(
                side => side.Key,
                side => side.GroupBy(c => c.Value, StringComparer.Ordinal).ToDictionary(v => v.Key, v => v.Sum(c => c.Jobs), StringComparer.Ordinal));
            SideParameter?[] values = [.. Enumerable.Range(0, sides).Select(side => bySide.TryGetValue(side, out var own) ? ValueOf(own) : null)];
            return new ComparedParameter(parameter.Key, values, AreDifferent(values, bySide));
        }),
    ];

    private static SideParameter ValueOf(Dictionary<string, long> counts)
    {
        var jobs = counts.Values.Sum();
        var usual = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).First();
        return new SideParameter(usual.Key, (double)usual.Value / jobs, counts.Count, jobs);
    }

    private static bool AreDifferent(SideParameter?[] values, Dictionary<int, Dictionary<string, long>> bySide)
    {
        if (values.Any(v => v is null))
            return true;
        if (values.All(v => v!.Varies))
            return false;
        if (values.Any(v => v!.Varies) || values.Select(v => v!.Usual).Distinct(StringComparer.Ordinal).Count() > 1)
            return true;
        var first = bySide[0];
        return Enumerable.Range(1, values.Length - 1).Any(side => Overlap(first, bySide[side]) < SameMix);
    }

    /// <summary>The part of two mixes that is the same, 0 to 1.</summary>
    private static double Overlap(Dictionary<string, long> one, Dictionary<string, long> other)
    {
        double all = one.Values.Sum(), allOther = other.Values.Sum();
        return one.Sum(value => Math.Min(value.Value / all, other.GetValueOrDefault(value.Key) / allOther));
    }
}
