using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Core.Sources.ComfyUi.Probes;

/// <summary>The prompt of a probe, in ComfyUI's API format.</summary>
internal sealed class ProbeGraph
{
    /// <summary>The longest graph, in bytes of UTF-8.</summary>
    public const int MaxBytes = 1024 * 1024;

    // A node that holds a seed for others has it in one of these.
    private static readonly string[] HeldSeeds = ["seed", "value"];

    private readonly string _json;

    private ProbeGraph(string json, string hash, IReadOnlyList<string> models) => (_json, Hash, Models) = (json, hash, models);

    /// <summary>32 hexadecimal digits; the same for graphs that differ in nothing but titles and the files of models.</summary>
    public string Hash { get; }

    /// <summary>The files of models that stand in it, each once, by name.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>The graph as it is.</summary>
    public JsonObject Measured => JsonNode.Parse(_json)!.AsObject();

    /// <summary>The graph with other seeds: it loads the models, and leaves the nodes that depend on a seed to be run.</summary>
    public JsonObject WarmUp
    {
        get
        {
            var graph = Measured;
            foreach (var (inputs, name) in Seeds(graph))
            {
                var seed = inputs[name]!.GetValue<decimal>();
                inputs[name] = JsonValue.Create(seed > 0 ? seed - 1 : seed + 1);
            }

            return graph;
        }
    }

    /// <summary>Reads a graph; null where it cannot be a probe, with the reason.</summary>
    public static ProbeGraph? Parse(JsonElement graph, out string? error)
    {
        error = ErrorOf(graph);
        if (error is not null)
            return null;
        var models = new SortedSet<string>(StringComparer.Ordinal);
        var work = new StringBuilder();
        if (!Write(graph, work, models))
        {
            error = "probe_graph holds a name twice, or text that cannot be stored: U+0000, or half of a surrogate pair.";
            return null;
        }

        var json = graph.GetRawText();
        if (Seeds(JsonNode.Parse(json)!.AsObject()).Count == 0)
        {
            error = "probe_graph needs a node with a whole number as its seed: the first of two runs has another seed and loads the models, the second is measured.";
            return null;
        }

        return new ProbeGraph(json, GraphHash.Hash(writer => writer.Write(work.ToString())), [.. models]);
    }

    private static string? ErrorOf(JsonElement graph)
    {
        if (graph.ValueKind != JsonValueKind.Object)
            return "probe_graph must be an object of nodes: export the workflow from ComfyUI with Export (API).";
        if (Encoding.UTF8.GetByteCount(graph.GetRawText()) > MaxBytes)
            return "probe_graph must be at most 1 MB long.";
        if (graph.Field("nodes")?.ValueKind == JsonValueKind.Array)
            return "probe_graph is in the format of ComfyUI's editor: export the workflow with Export (API) instead.";
        var nodes = graph.EnumerateObject().Count();
        if (nodes == 0)
            return "probe_graph needs at least one node.";
        if (nodes > PromptGraph.MaxNodes)
            return $"probe_graph must have at most {PromptGraph.MaxNodes} nodes.";
        if (graph.Fields().Count(node => node.Value.Field("class_type")?.Name() is not null && node.Value.Field("inputs")?.ValueKind == JsonValueKind.Object) < nodes)
            return "Each node of probe_graph needs class_type, a text, and inputs, an object: export the workflow from ComfyUI with Export (API).";
        return null;
    }

    /// <summary>Where whole numbers stand that are seeds: in the input itself, or in the node that it is linked to.</summary>
    private static List<(JsonObject Inputs, string Name)> Seeds(JsonObject graph)
    {
        var seeds = new List<(JsonObject, string)>();
        foreach (var inputs in graph.Select(node => node.Value?["inputs"]).OfType<JsonObject>())
        {
            foreach (var (name, value) in inputs.Where(input => input.Key.Contains("seed", StringComparison.OrdinalIgnoreCase)))
            {
                if (IsWhole(value))
                    seeds.Add((inputs, name));
                else if (value is JsonArray and [JsonValue source, _] && source.GetValueKind() == JsonValueKind.String && graph[source.GetValue<string>()]?["inputs"] is JsonObject held)
                    seeds.AddRange(HeldSeeds.Where(input => IsWhole(held[input])).Select(input => (held, input)));
            }
        }

        return [.. seeds.DistinctBy(seed => (seed.Item1.GetPath(), seed.Item2))];
    }

    private static bool IsWhole(JsonNode? value) =>
        value is JsonValue number && number.GetValueKind() == JsonValueKind.Number && number.TryGetValue<decimal>(out var seed) && seed == decimal.Truncate(seed);

    /// <summary>Writes what decides the work, in an order of its own; false where a text cannot be stored or a name stands twice.</summary>
    private static bool Write(JsonElement value, StringBuilder work, SortedSet<string> models)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = value.Fields().ToList();
                if (fields.DistinctBy(field => field.Name).Count() < value.EnumerateObject().Count() || fields.Exists(field => !StorableText.IsStorable(field.Name)))
                    return false;
                work.Append('{');
                var isStorable = true;
                foreach (var (name, field) in fields.OrderBy(field => field.Name, StringComparer.Ordinal))
                {
                    // A title is no work, but is stored all the same.
                    var isTitle = name == "_meta";
                    work.Append(isTitle ? "" : JsonSerializer.Serialize(name) + ":");
                    isStorable &= Write(field, isTitle ? new StringBuilder() : work, isTitle ? new SortedSet<string>(StringComparer.Ordinal) : models);
                }

                work.Append('}');
                return isStorable;
            case JsonValueKind.Array:
                work.Append('[');
                var all = value.EnumerateArray().Aggregate(true, (sofar, item) => Write(item, work, models) && sofar);
                work.Append(']');
                return all;
            case JsonValueKind.String:
                if (value.Text() is not { } text)
                    return false;
                var isModel = NodeSettings.IsModelFile(text);
                if (isModel)
                    models.Add(text);
                work.Append(isModel ? "model" : JsonSerializer.Serialize(text)).Append(',');
                return true;
            default:
                work.Append(value.NumberText() ?? value.GetRawText()).Append(',');
                return true;
        }
    }
}
