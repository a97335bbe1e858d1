using System.Text.Json;

namespace PerfDash.Core.Jobs;

/// <summary>JSON that any program may have stored, as part of an answer.</summary>
internal static class StoredJson
{
    // An answer may be nested 64 deep, its own objects included.
    private static readonly JsonDocumentOptions Answerable = new() { MaxDepth = 56 };

    /// <summary>The value; null where there is none, or where it is nested too deeply for an answer.</summary>
    public static JsonElement? Read(string? json)
    {
        if (json is null)
            return null;
        try
        {
            return JsonElement.Parse(json, Answerable);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
