using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>The nodes of a submitted prompt and their links. Walks over it are iterative, so that neither a deep chain nor a cycle does harm.</summary>
internal sealed class PromptGraph
{
    /// <summary>Nodes of one prompt; a graph with more is not read.</summary>
    public const int MaxNodes = 10_000;

    // A value goes through a few of these at most; more is a cycle.
    private const int MaxPrimitives = 16;

    // Nodes that only hold a value, and the input that holds it.
    private static readonly Dictionary<string, string> Primitives = new(StringComparer.Ordinal)
    {
        ["PrimitiveInt"] = "value",
        ["PrimitiveFloat"] = "value",
        ["PrimitiveString"] = "value",
        ["PrimitiveBoolean"] = "value",
        ["PrimitiveStringMultiline"] = "value",
        ["INTConstant"] = "value",
        ["FloatConstant"] = "value",
        ["StringConstant"] = "string",
        ["easy int"] = "value",
        ["easy float"] = "value",
        ["easy seed"] = "seed",
        ["easy string"] = "value",
        ["ImpactInt"] = "value",
        ["ImpactFloat"] = "value",
        ["Seed (rgthree)"] = "seed",
        ["JWInteger"] = "value",
        ["JWFloat"] = "value",
    };

    private readonly Dictionary<string, PromptNode> _nodes;

    private PromptGraph(Dictionary<string, PromptNode> nodes) => _nodes = nodes;

    /// <summary>A graph without nodes, for one that is too large to read.</summary>
    public static PromptGraph Empty { get; } = new([]);

    /// <summary>The nodes by id.</summary>
    public IReadOnlyDictionary<string, PromptNode> Nodes => _nodes;

    /// <summary>Reads the graph of a prompt; null where it is no object or has more than <see cref="MaxNodes"/> nodes. What is no node is left out.</summary>
    public static PromptGraph? Parse(JsonElement prompt)
    {
        if (prompt.ValueKind != JsonValueKind.Object)
            return null;
        var nodes = new Dictionary<string, PromptNode>(StringComparer.Ordinal);
        // A copy: the nodes keep parts of it for longer than the answer it came in.
        foreach (var (id, value) in prompt.Clone().Fields())
        {
            if (PromptNode.Parse(id, value) is { } node)
                nodes[id] = node;
            if (nodes.Count > MaxNodes)
                return null;
        }
        return new PromptGraph(nodes);
    }

    /// <summary>The node that an input is linked to; null where it has no link or the node does not exist.</summary>
    public PromptNode? Linked(PromptNode node, string input) => node.Link(input) is { } link ? _nodes.GetValueOrDefault(link.NodeId) : null;

    /// <summary>
    /// The value of an input: the one that stands there, or that of the primitive node it is linked to. Null where neither is there;
    /// what other nodes compute is not known.
    /// </summary>
    public JsonElement? Value(PromptNode node, string input)
    {
        for (var step = 0; step < MaxPrimitives; step++)
        {
            if (node.Literals.TryGetValue(input, out var literal))
                return literal;
            if (node.Link(input) is not { Slot: 0 } || Linked(node, input) is not { } source)
                return null;
            if (Primitives.TryGetValue(source.ClassType, out var held))
                input = held;
            else if (IsReroute(source) && source.Links.Count == 1)
                input = source.Links[0].Input;
            else
                return null;
            node = source;
        }
        return null;
    }

    /// <summary>True for a node that hands on what it is given.</summary>
    public static bool IsReroute(PromptNode node) => node.ClassType.StartsWith("Reroute", StringComparison.Ordinal);

    /// <summary>
    /// The ids of the nodes that this prompt ran for. Where the server names none that exist: the nodes whose output nobody uses.
    /// </summary>
    public IReadOnlyList<string> Roots(IReadOnlyList<string> outputNodes)
    {
        string[] known = [.. outputNodes.Where(_nodes.ContainsKey).Distinct(StringComparer.Ordinal)];
        if (known.Length > 0)
            return known;
        var used = _nodes.Values.SelectMany(node => node.Links).Select(link => link.NodeId).ToHashSet(StringComparer.Ordinal);
        return [.. _nodes.Keys.Where(id => !used.Contains(id))];
    }

    /// <summary>The nodes that the given ones depend on, and these, each once and after all that it depends on. In a cycle one link is left out of account.</summary>
    public IReadOnlyList<PromptNode> ExecutionOrder(IEnumerable<string> roots)
    {
        var order = new List<PromptNode>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<(PromptNode Node, int Next)>();
        foreach (var root in roots)
        {
            if (_nodes.TryGetValue(root, out var start) && seen.Add(root))
                open.Push((start, 0));
            while (open.TryPop(out var top))
            {
                if (top.Next == top.Node.Links.Count)
                {
                    order.Add(top.Node);
                    continue;
                }
                open.Push((top.Node, top.Next + 1));
                if (_nodes.TryGetValue(top.Node.Links[top.Next].NodeId, out var child) && seen.Add(child.Id))
                    open.Push((child, 0));
            }
        }
        return order;
    }
}
