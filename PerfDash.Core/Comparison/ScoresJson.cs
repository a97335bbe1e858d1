using System.Text.Json;

namespace PerfDash.Core.Comparison;

/// <summary>Reads a metric's scores.</summary>
internal static class ScoresJson
{
    /// <summary>The scores that are numbers; none where <paramref name="json"/> is null or no object.</summary>
    public static List<KeyValuePair<string, double>> Read(string? json)
    {
        List<KeyValuePair<string, double>> scores = [];
        if (json is null)
            return scores;
        using var document = JsonDocument.Parse(json, StoredJson.AnyDepth);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return scores;
        foreach (var score in document.RootElement.EnumerateObject())
        {
            if (score.Value.ValueKind == JsonValueKind.Number && score.Value.TryGetDouble(out var value))
                scores.Add(new(score.Name, value));
        }

        return scores;
    }
}
