using System.Text.Json;

namespace PerfDash.Core.Ingest.Import;

/// <summary>Reads a JSON object as if it were a row: what a map calls a column is a member, or a path of members with dots.</summary>
internal static class JsonCell
{
    /// <summary>The text at a path; null when there is none, or JSON null.</summary>
    public static string? Read(JsonElement item, string path)
    {
        try
        {
            return Find(item, path) is { } value ? TextOf(value) : null;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException($"{path} is not valid Unicode", e);
        }
    }

    private static JsonElement? Find(JsonElement item, string path)
    {
        if (item.ValueKind != JsonValueKind.Object)
            return null;
        if (item.TryGetProperty(path, out var value))
            return value;
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && item.TryGetProperty(path[..dot], out var inner) ? Find(inner, path[(dot + 1)..]) : null;
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
