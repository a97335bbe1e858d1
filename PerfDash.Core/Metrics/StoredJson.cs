using System.Text.Json;

namespace PerfDash.Core.Metrics;

/// <summary>JSON as the database holds it, whoever wrote it.</summary>
internal static class StoredJson
{
    // The serializer that answers with it ends at 64, where the answer itself takes a few.
    private static readonly JsonDocumentOptions Answerable = new() { MaxDepth = 56 };

    /// <summary>For reading the members of an object, however deep the others are nested: PostgreSQL's own stack ends below this.</summary>
    public static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = 10_000 };

    /// <summary>The value; null where there is none, or where it is nested too deep to be part of an answer.</summary>
    public static JsonElement? Read(string? text)
    {
        if (text is null)
            return null;
        try
        {
            using var document = JsonDocument.Parse(text, Answerable);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // One odd row costs itself, not the answer it is part of.
            return null;
        }
    }
}
