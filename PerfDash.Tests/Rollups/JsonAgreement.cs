using System.Text.Json;

namespace PerfDash.Tests.Rollups;

/// <summary>Whether two answers say the same: percentiles within 1 %, other numbers to nine digits, everything else exactly.</summary>
internal static class JsonAgreement
{
    /// <summary>Where they differ first; null where they agree.</summary>
    public static string? Difference(JsonElement a, JsonElement b, string path = "$")
    {
        if (a.ValueKind != b.ValueKind)
            return $"{path}: {a} and {b}";
        switch (a.ValueKind)
        {
            case JsonValueKind.Object:
                var names = a.EnumerateObject().Select(p => p.Name).ToList();
                // (How long ago something was goes by the clock.)
                names.RemoveAll(name => name.EndsWith("_age_ms", StringComparison.Ordinal));
                return names.SequenceEqual(b.EnumerateObject().Select(p => p.Name).Where(name => !name.EndsWith("_age_ms", StringComparison.Ordinal)))
                    ? names.Select(name => Difference(a.GetProperty(name), b.GetProperty(name), $"{path}.{name}")).FirstOrDefault(found => found is not null)
                    : $"{path}: other names";
            case JsonValueKind.Array:
                return a.GetArrayLength() == b.GetArrayLength()
                    ? a.EnumerateArray().Zip(b.EnumerateArray()).Select((pair, i) => Difference(pair.First, pair.Second, $"{path}[{i}]")).FirstOrDefault(found => found is not null)
                    : $"{path}: {a.GetArrayLength()} and {b.GetArrayLength()} items";
            case JsonValueKind.Number:
                var (x, y) = (a.GetDouble(), b.GetDouble());
                var allowed = IsPercentile(path[(path.LastIndexOf('.') + 1)..]) ? 0.01 : 1e-9;
                return Math.Abs(x - y) <= allowed * Math.Max(Math.Abs(x), Math.Abs(y)) + 1e-12 ? null : $"{path}: {x:R} and {y:R}";
            default:
                return a.ToString() == b.ToString() ? null : $"{path}: {a} and {b}";
        }
    }

    private static bool IsPercentile(string name) => name.StartsWith("p50", StringComparison.Ordinal) || name.StartsWith("p9", StringComparison.Ordinal);
}
