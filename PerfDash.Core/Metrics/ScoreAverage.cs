namespace PerfDash.Core.Metrics;

/// <summary>Mean of one score in one group of jobs, as it comes from the database.</summary>
/// <param name="Key">Which group: a bucket's or workflow's number.</param>
/// <param name="Name">Name of the score.</param>
/// <param name="Average">Plain mean; null when no value was a number.</param>
internal sealed record ScoreAverage(long Key, string Name, double? Average)
{
    /// <summary>The means by group and name; names without a number are left out.</summary>
    public static Dictionary<long, Dictionary<string, double>> ByKey(IEnumerable<ScoreAverage> scores) =>
        scores.Where(s => s.Average is not null)
            .GroupBy(s => s.Key)
            .ToDictionary(g => g.Key, g => g.ToDictionary(s => s.Name, s => s.Average!.Value, StringComparer.Ordinal));
}
