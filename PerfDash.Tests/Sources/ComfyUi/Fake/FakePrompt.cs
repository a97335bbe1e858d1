using System.Text.Json.Nodes;

namespace PerfDash.Tests.Sources.ComfyUi.Fake;

/// <summary>How a prompt of the fake ends.</summary>
internal abstract record Outcome
{
    public static Outcome Success { get; } = new Succeeded();

    /// <summary>Stops while the node runs that was given last.</summary>
    public static Outcome Interrupted { get; } = new WasInterrupted();

    /// <param name="node">The node that fails; it starts, and never finishes.</param>
    public static Outcome Error(string exceptionType, string message, string node) => new Failed(exceptionType, message, node);

    internal sealed record Succeeded : Outcome;

    internal sealed record WasInterrupted : Outcome;

    internal sealed record Failed(string ExceptionType, string Message, string Node) : Outcome;
}

/// <summary>What GET /system_stats says of the only device. Bytes; a type of cpu reports the machine's memory, as ComfyUI does.</summary>
internal sealed class FakeGpu
{
    public string Type { get; set; } = "cuda";

    public long VramTotal { get; set; } = 25_250_627_584;

    public long VramFree { get; set; } = 11_811_160_064;

    public JsonObject ToJson() => new()
    {
        ["name"] = Type == "cuda" ? "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync" : Type,
        ["type"] = Type,
        ["index"] = Type == "cuda" ? 0 : null,
        ["vram_total"] = VramTotal,
        ["vram_free"] = VramFree,
        ["torch_vram_total"] = VramTotal / 2,
        ["torch_vram_free"] = VramFree / 2,
    };
}

/// <summary>A prompt in the queue of the fake.</summary>
internal sealed class FakePrompt(double number, string id, JsonObject graph, JsonObject extraData)
{
    public double Number => number;

    public string Id => id;

    public JsonObject Graph => graph;

    /// <summary>Who gets its frames; null: nobody in particular. The empty text is an id that no socket has.</summary>
    public string? ClientId { get; } = extraData["client_id"]?.GetValue<string>();

    /// <summary>[event, data] pairs, as history keeps them.</summary>
    public JsonArray Messages { get; } = [];

    /// <summary>The nodes that no other node reads from: what ComfyUI calls outputs to execute.</summary>
    public IReadOnlyList<string> OutputNodes { get; } = FindOutputNodes(graph);

    /// <summary>The five elements that the queue and history show.</summary>
    public JsonArray ToJson() =>
    [
        number == Math.Floor(number) ? (long)number : number,
        id,
        graph.DeepClone(),
        extraData.DeepClone(),
        new JsonArray([.. OutputNodes.Select(node => JsonValue.Create(node))]),
    ];

    private static List<string> FindOutputNodes(JsonObject graph)
    {
        var sources = graph
            .SelectMany(node => node.Value?["inputs"] as JsonObject ?? [])
            .Select(input => input.Value)
            .OfType<JsonArray>()
            .Where(link => link.Count == 2)
            .Select(link => link[0]!.ToString())
            .ToHashSet();
        return [.. graph.Select(node => node.Key).Where(node => !sources.Contains(node))];
    }
}
