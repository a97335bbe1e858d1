using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerfDash.Core;

/// <summary>Finds fields of a JSON value that its type does not have, each with the nearest right name.</summary>
public static class UnknownFields
{
    private const int LongestName = 100;

    /// <summary>The unknown fields, with what to say of each.</summary>
    /// <param name="value">What was read, as <see cref="StorableText.Marked(string)"/> where it may hold what .NET cannot.</param>
    /// <param name="json">How fields of the type are named.</param>
    /// <param name="also">Further names that the outermost object may have.</param>
    public static IEnumerable<(string Field, string Message)> Find(JsonElement value, Type type, JsonSerializerOptions json, IReadOnlyList<string>? also = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Find(value, json.GetTypeInfo(type), json, "", also ?? []);
    }

    private static IEnumerable<(string Field, string Message)> Find(
        JsonElement value, JsonTypeInfo type, JsonSerializerOptions json, string path, IReadOnlyList<string> also)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable && value.ValueKind == JsonValueKind.Array && type.ElementType is { } element)
            return value.EnumerateArray().SelectMany((item, i) => Find(item, json.GetTypeInfo(element), json, $"{path}[{i}]", []));
        if (type.Kind != JsonTypeInfoKind.Object || value.ValueKind != JsonValueKind.Object)
            return [];
        return value.EnumerateObject().SelectMany(field =>
        {
            var name = NameOf(field);
            var place = path.Length == 0 ? name : $"{path}.{name}";
            if (type.Properties.FirstOrDefault(p => p.Name == name) is { } known)
                return Find(field.Value, json.GetTypeInfo(known.PropertyType), json, place, []);
            return also.Contains(name) ? [] : [(place, $"{place} is not a known field{NearestName.Suggestion(name, type.Properties.Select(p => p.Name))}")];
        });
    }

    private static string NameOf(JsonProperty field)
    {
        try
        {
            var name = StorableText.Readable(field.Name);
            return name.Length <= LongestName ? name : name[..LongestName] + "…";
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which the JSON library reads only with this exception.
            return "(a name that is not valid Unicode)";
        }
    }
}
