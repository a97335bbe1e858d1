using System.Text.Json.Nodes;

namespace PerfDash.Tests.Sources.ComfyUi.Fake;

/// <summary>Values that System.Text.Json does not write, and Python does: put one of these texts where the bare word has to be.</summary>
internal static class RawNumbers
{
    public const string NaN = "__bare_NaN__";
    public const string Infinity = "__bare_Infinity__";
    public const string NegativeInfinity = "__bare_-Infinity__";

    public static string Write(JsonNode json)
    {
        var text = json.ToJsonString();
        return text.Contains("\"__bare_", StringComparison.Ordinal)
            ? text.Replace("\"__bare_", "", StringComparison.Ordinal).Replace("__\"", "", StringComparison.Ordinal)
            : text;
    }
}
