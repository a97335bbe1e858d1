using System.Text.Encodings.Web;
using System.Text.Json;
using PerfDash.Core.Jobs;

namespace PerfDash.Web.Features.Jobs;

/// <summary>JSON of a job as people read it. It is shown as text: nothing in it is ever markup.</summary>
internal static class JobJson
{
    // The page escapes what it shows; escaping letters of other languages before would only hide them.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Indented; what was cut is left as it is and ends with a word about that.</summary>
    public static string Pretty(string json) => json.Length > JobRecordQueries.MaxResultLength
        ? $"{json[..JobRecordQueries.MaxResultLength]}…\n\n(cut after {JobRecordQueries.MaxResultLength:N0} characters)"
        : Read(json) is { } value ? JsonSerializer.Serialize(value, Readable) : json;

    /// <summary>The fields of an object with their values as text; empty for anything else, or when the text was cut.</summary>
    public static IReadOnlyList<(string Name, string Value)> Fields(string? json)
    {
        if (json is null || json.Length > JobRecordQueries.MaxResultLength || Read(json) is not { ValueKind: JsonValueKind.Object } fields)
            return [];
        return [.. fields.EnumerateObject().OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (
            f.Name, f.Value.ValueKind == JsonValueKind.String ? f.Value.GetString()! : JsonSerializer.Serialize(f.Value, Compact)))];
    }

    /// <summary>Null where it is nested more deeply than can be indented.</summary>
    private static JsonElement? Read(string json)
    {
        try
        {
            return JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = 56 });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The warnings of a job: field and message.</summary>
    public static IReadOnlyList<(string Field, string Message)> Warnings(JsonElement warnings) => warnings.ValueKind != JsonValueKind.Array
        ? []
        : [.. warnings.EnumerateArray().Select(w => (Text(w, "field"), Text(w, "message")))];

    private static string Text(JsonElement warning, string name) => warning.ValueKind == JsonValueKind.Object && warning.TryGetProperty(name, out var text) ? text.ToString() : "";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
