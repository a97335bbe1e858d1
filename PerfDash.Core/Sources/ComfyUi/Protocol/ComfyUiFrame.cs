using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>The frames of the socket that are read; the names are the protocol's.</summary>
internal enum ComfyUiFrameKind
{
    Status,
    Executing,
    Executed,
    ExecutionStart,
    ExecutionCached,
    ExecutionSuccess,
    ExecutionError,
    ExecutionInterrupted,
    Progress,
    ProgressState,
}

internal enum NodeState
{
    Pending,
    Running,
    Finished,
}

/// <summary>The state of a node as a person sees it: the nodes it was expanded into at run time are part of it.</summary>
/// <param name="NodeId">The id it is displayed under.</param>
/// <param name="State">Running while any of its parts runs.</param>
/// <param name="Value">Steps done, the most of its parts; 0 for a node that has just started.</param>
internal readonly record struct NodeProgress(string NodeId, NodeState State, double Value = 0);

/// <summary>A text frame of the socket, without its outputs, inputs and tracebacks.</summary>
/// <param name="ReceivedAt">When it arrived: most frames carry no time of their own.</param>
/// <param name="PromptId">Null where the frame has none: status, and executing after a reconnect.</param>
/// <param name="NodeId">The id that the node is displayed under; null in an executing frame with a prompt: that prompt ended.</param>
/// <param name="QueueRemaining">Running and pending prompts, in status frames only.</param>
/// <param name="Nodes">In progress_state frames only: all nodes that started so far, one entry for each displayed id, at most <see cref="MaxNodes"/>.</param>
internal sealed record ComfyUiFrame(
    ComfyUiFrameKind Kind,
    DateTimeOffset ReceivedAt,
    string? PromptId,
    string? NodeId,
    int? QueueRemaining,
    IReadOnlyList<NodeProgress> Nodes)
{
    public const int MaxNodes = 2000;

    private const int MaxIdLength = 200;

    /// <summary>Null for what is of no interest, or not shaped as a frame. Never throws on a document of <see cref="LenientJson"/>.</summary>
    public static ComfyUiFrame? Parse(JsonElement frame, DateTimeOffset receivedAt)
    {
        if (KindOf(TextOf(frame, "type")) is not { } kind || frame.Field("data") is not { ValueKind: JsonValueKind.Object } data)
            return null;
        var nodeId = kind switch
        {
            ComfyUiFrameKind.Executing or ComfyUiFrameKind.Executed => TextOf(data, "display_node") ?? TextOf(data, "node"),
            ComfyUiFrameKind.Progress => TextOf(data, "node"),
            _ => TextOf(data, "node_id"),
        };
        return new ComfyUiFrame(
            kind,
            receivedAt,
            TextOf(data, "prompt_id"),
            nodeId,
            kind == ComfyUiFrameKind.Status ? QueueRemainingOf(data) : null,
            kind == ComfyUiFrameKind.ProgressState ? NodesOf(data) : []);
    }

    private static ComfyUiFrameKind? KindOf(string? type) => type switch
    {
        "status" => ComfyUiFrameKind.Status,
        "executing" => ComfyUiFrameKind.Executing,
        "executed" => ComfyUiFrameKind.Executed,
        "execution_start" => ComfyUiFrameKind.ExecutionStart,
        "execution_cached" => ComfyUiFrameKind.ExecutionCached,
        "execution_success" => ComfyUiFrameKind.ExecutionSuccess,
        "execution_error" => ComfyUiFrameKind.ExecutionError,
        "execution_interrupted" => ComfyUiFrameKind.ExecutionInterrupted,
        "progress" => ComfyUiFrameKind.Progress,
        "progress_state" => ComfyUiFrameKind.ProgressState,
        _ => null,
    };

    private static int? QueueRemainingOf(JsonElement data) =>
        data.Field("status")?.Field("exec_info")?.Field("queue_remaining") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var remaining)
            ? remaining
            : null;

    private static List<NodeProgress> NodesOf(JsonElement data)
    {
        if (data.Field("nodes") is not { ValueKind: JsonValueKind.Object } nodes)
            return [];
        var shown = new List<NodeProgress>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in nodes.EnumerateObject())
        {
            if (StateOf(TextOf(node.Value, "state")) is not { } state)
                continue;
            var id = TextOf(node.Value, "display_node_id") ?? TextOf(node.Value, "real_node_id") ?? TextOf(node.Value, "node_id") ?? Limited(node.Name);
            if (id is null)
                continue;
            var progress = new NodeProgress(id, state, node.Value.Field("value") is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var done) ? done : 0);
            if (places.TryGetValue(id, out var place))
                shown[place] = Together(shown[place], progress);
            else if (shown.Count < MaxNodes)
            {
                places.Add(id, shown.Count);
                shown.Add(progress);
            }
        }
        return shown;
    }

    private static NodeProgress Together(NodeProgress one, NodeProgress other)
    {
        var state = one.State == NodeState.Running || other.State == NodeState.Running ? NodeState.Running
            : one.State == other.State ? one.State
            : NodeState.Pending;
        return new NodeProgress(one.NodeId, state, Math.Max(one.Value, other.Value));
    }

    // "error" is in the server's enumeration, though failed nodes were seen to stay "running": a node with an error runs no longer.
    private static NodeState? StateOf(string? state) => state switch
    {
        "pending" => NodeState.Pending,
        "running" => NodeState.Running,
        "finished" or "error" => NodeState.Finished,
        _ => null,
    };

    /// <summary>A string, or a number as text: API callers may send ids as numbers.</summary>
    private static string? TextOf(JsonElement parent, string name) => parent.Field(name) switch
    {
        { ValueKind: JsonValueKind.String } text => Limited(text.GetString()),
        { ValueKind: JsonValueKind.Number } number => Limited(number.GetRawText()),
        _ => null,
    };

    private static string? Limited(string? text) => text is { Length: <= MaxIdLength } ? text : null;
}
