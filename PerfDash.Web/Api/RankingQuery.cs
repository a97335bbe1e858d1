using System.Globalization;

namespace PerfDash.Web.Api;

/// <summary>What routes that rank read from a request.</summary>
internal static class RankingQuery
{
    /// <summary>Fewest jobs to be ranked, 1 where nothing is given. Adds what is wrong to <paramref name="errors"/>.</summary>
    public static int MinJobs(string? text, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(text))
            return 1;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var fewest) && fewest >= 1)
            return fewest;
        errors["min_jobs"] = ["min_jobs must be a whole number of at least 1."];
        return 1;
    }
}
