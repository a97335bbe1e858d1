using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>A node of a prompt.</summary>
internal sealed class PromptNode
{
    private PromptNode(string id, string classType, string title, Dictionary<string, JsonElement> literals, NodeLink[] links)
    {
        Id = id;
        ClassType = classType;
        Title = title;
        Literals = literals;
        Links = links;
    }

    /// <summary>Its key in the prompt; one that a node made while it ran has dots or colons.</summary>
    public string Id { get; }

    /// <summary>Its class, for example <c>KSampler</c>.</summary>
    public string ClassType { get; }

    /// <summary><c>_meta.title</c>, else the class.</summary>
    public string Title { get; }

    /// <summary>Inputs that hold a value.</summary>
    public IReadOnlyDictionary<string, JsonElement> Literals { get; }

    /// <summary>Inputs that are linked to an output of another node, in the order of their names.</summary>
    public IReadOnlyList<NodeLink> Links { get; }

    /// <summary>Null where the value has no class.</summary>
    public static PromptNode? Parse(string id, JsonElement value)
    {
        if (value.Field("class_type")?.Name() is not { } classType || !StorableText.IsStorable(id))
            return null;
        var literals = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var links = new Dictionary<string, NodeLink>(StringComparer.Ordinal);
        foreach (var (name, input) in (value.Field("inputs") ?? default).Fields())
        {
            literals.Remove(name);
            links.Remove(name);
            if (NodeLink.Parse(name, input) is { } link)
                links[name] = link;
            else
                literals[name] = input;
        }
        var title = value.Field("_meta")?.Field("title")?.Name() ?? classType;
        return new PromptNode(id, classType, title, literals, [.. links.Values.OrderBy(link => link.Input, StringComparer.Ordinal)]);
    }

    /// <summary>The link of an input, or null.</summary>
    public NodeLink? Link(string input) => Links.FirstOrDefault(link => link.Input == input);

    /// <summary>True where the node has an input of that name, a value or a link.</summary>
    public bool Has(string input) => Literals.ContainsKey(input) || Link(input) is not null;
}

/// <summary>An input that takes output <paramref name="Slot"/> (from 0) of another node.</summary>
internal sealed record NodeLink(string Input, string NodeId, int Slot)
{
    /// <summary>Null where the value is no link: one is <c>[node id, slot]</c>.</summary>
    public static NodeLink? Parse(string input, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2 && value[0].Text() is { } node && value[1].Count() is { } slot
            ? new NodeLink(input, node, slot)
            : null;
}
