using System.Reflection;
using System.Text.Json.Nodes;

namespace PerfDash.Web.Api.Reference;

/// <summary>Example bodies, one file for each operation, named after it; a request's body <c>OPERATION.request.json</c>.</summary>
internal static class Examples
{
    /// <summary>The example, or null where there is no such file.</summary>
    public static JsonNode? Find(string? name)
    {
        using var file = Assembly.GetExecutingAssembly().GetManifestResourceStream($"PerfDash.Examples.{name}.json");
        return file is null ? null : JsonNode.Parse(file);
    }
}
