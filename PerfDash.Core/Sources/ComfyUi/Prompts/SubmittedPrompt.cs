using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>
/// A prompt as <c>queue_running</c>, <c>queue_pending</c> and history show it: <c>[number, id, graph, extra_data, output nodes]</c>.
/// It keeps copies, so the JSON it was read from may be disposed.
/// </summary>
internal sealed record SubmittedPrompt
{
    /// <summary>The server's id of the prompt. Older servers take any text, and the same one again.</summary>
    public required string Id { get; init; }

    /// <summary>Its place in the queue, smaller ones first; may be negative or a fraction. 0 where it cannot be read.</summary>
    public required double Number { get; init; }

    /// <summary>Without nodes where the graph is larger than <see cref="PromptGraph.MaxNodes"/>.</summary>
    public required PromptGraph Graph { get; init; }

    /// <summary>Null where the submitter gave none; may be empty text, which means something else to the server.</summary>
    public string? ClientId { get; init; }

    /// <summary>When it was submitted; null before ComfyUI 0.3.77.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The id of the workflow in ComfyUI's editor; null for prompts that a program made.</summary>
    public string? UiWorkflowId { get; init; }

    /// <summary>What the submitter says of it.</summary>
    public PerfDashLabels Labels { get; init; } = PerfDashLabels.None;

    /// <summary>Ids of the nodes that the server runs it for.</summary>
    public IReadOnlyList<string> OutputNodes { get; init; } = [];

    /// <summary>Reads one entry; null where it is not one.</summary>
    public static SubmittedPrompt? Parse(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() < 3)
            return null;
        if (array[1].Name() is not { } id || array[2].ValueKind != JsonValueKind.Object)
            return null;
        var extra = array.GetArrayLength() > 3 ? array[3] : default;
        var outputNodes = array.GetArrayLength() > 4 ? array[4] : default;
        return new SubmittedPrompt
        {
            Id = id,
            Number = array[0].Real() ?? 0,
            Graph = PromptGraph.Parse(array[2]) ?? PromptGraph.Empty,
            ClientId = extra.Field("client_id")?.Text(),
            CreatedAt = extra.Field("create_time")?.Moment(),
            UiWorkflowId = extra.Field("extra_pnginfo")?.Field("workflow")?.Field("id")?.Name(),
            Labels = PerfDashLabels.Parse(extra.Field("perfdash") ?? default),
            OutputNodes = [.. outputNodes.Items().Select(node => node.Text()).OfType<string>()],
        };
    }
}
