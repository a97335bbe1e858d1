using System.Globalization;

namespace PerfDash.Web.Api;

/// <summary>Several ids in one query parameter: <c>1,2,3</c>.</summary>
internal static class IdList
{
    /// <summary>The ids in the order given, each once; null when the parameter is absent. Adds what is wrong to <paramref name="errors"/>.</summary>
    public static IReadOnlyList<long>? Read(string? text, string field, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var ids = new List<long>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (long.TryParse(part, CultureInfo.InvariantCulture, out var id))
                ids.Add(id);
            else
                errors[field] = [$"{field} must be whole numbers separated by commas."];
        }

        return [.. ids.Distinct()];
    }
}
