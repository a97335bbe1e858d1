using System.Security.Cryptography;
using System.Text;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>
/// Tells whether two graphs are the same, whatever the ids of their nodes: a node's hash is made of its class and the hashes of the nodes it is
/// linked to, that of a graph of the hashes of its output nodes.
/// </summary>
internal static class GraphHash
{
    private const int HexLength = 32;

    /// <summary>32 hexadecimal digits; the same for graphs of the same classes and links, whatever values stand in the nodes.</summary>
    public static string Structure(PromptGraph graph, IReadOnlyList<string> roots) => Combine(roots, StructureByNode(graph, graph.ExecutionOrder(roots)), []);

    /// <summary>32 hexadecimal digits; as <see cref="Structure"/>, and the same only with the same settings, models and version of ComfyUI.</summary>
    public static string Configuration(PromptGraph graph, IReadOnlyList<string> roots, string? comfyUiVersion)
    {
        var order = graph.ExecutionOrder(roots);
        var structure = StructureByNode(graph, order);
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in order)
        {
            hashes[node.Id] = Hash(writer =>
            {
                writer.Write(structure[node.Id]);
                foreach (var (name, setting) in NodeSettings.Read(node))
                {
                    writer.Write(name);
                    writer.Write(setting);
                }
                foreach (var link in node.Links)
                    writer.Write((NodeSettings.IsVarying(link.Input) ? structure : hashes).GetValueOrDefault(link.NodeId, ""));
            });
        }
        return Combine(roots, hashes, [comfyUiVersion ?? ""]);
    }

    /// <summary>The output nodes in an order that does not depend on the server, which names them in any order.</summary>
    public static IReadOnlyList<string> InOrder(PromptGraph graph, IReadOnlyList<string> roots)
    {
        var hashes = StructureByNode(graph, graph.ExecutionOrder(roots));
        return [.. roots.OrderBy(root => hashes.GetValueOrDefault(root, ""), StringComparer.Ordinal).ThenBy(root => root, StringComparer.Ordinal)];
    }

    private static Dictionary<string, string> StructureByNode(PromptGraph graph, IReadOnlyList<PromptNode> order)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in order)
        {
            hashes[node.Id] = Hash(writer =>
            {
                writer.Write(node.ClassType);
                foreach (var link in node.Links)
                {
                    writer.Write(link.Input);
                    // Nothing for a link to nowhere, and for the one that closes a cycle.
                    writer.Write(hashes.GetValueOrDefault(link.NodeId, graph.Nodes.ContainsKey(link.NodeId) ? "cycle" : ""));
                    writer.Write(link.Slot);
                }
            });
        }
        return hashes;
    }

    private static string Combine(IReadOnlyList<string> roots, Dictionary<string, string> hashes, IEnumerable<string> more) => Hash(writer =>
    {
        foreach (var hash in roots.Select(root => hashes.GetValueOrDefault(root, "")).Order(StringComparer.Ordinal).Concat(more))
            writer.Write(hash);
    });

    /// <summary>32 hexadecimal digits of what is written.</summary>
    public static string Hash(Action<BinaryWriter> write)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
            write(writer);
        return Convert.ToHexStringLower(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)))[..HexLength];
    }
}
