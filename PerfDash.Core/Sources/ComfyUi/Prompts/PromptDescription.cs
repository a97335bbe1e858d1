using System.Text.Json.Nodes;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>What a prompt makes and with which settings. Texts of prompts are not part of it.</summary>
internal sealed record PromptDescription
{
    /// <summary>Characters in <see cref="WorkflowName"/>.</summary>
    public const int MaxNameLength = 200;

    /// <summary>The same for prompts of one workflow: its id in ComfyUI's editor, else a hash of the graph's structure (32 hexadecimal digits).</summary>
    public required string WorkflowKey { get; init; }

    /// <summary>Output node, models and the node the pictures begin with, for example <c>SaveAnimatedWEBP · svd_xt · SVD_img2vid_Conditioning</c>.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>
    /// What is there of <c>seed, steps, start_at_step, end_at_step, cfg, guidance, sampler, scheduler, denoise, model, loras, vae, width, height, length, fps</c>.
    /// Where samplers differ: an array of one value (or null) per sampler, in the order in which they run. Sizes are those of the saved picture, in pixels.
    /// </summary>
    public required JsonObject Parameters { get; init; }

    /// <summary>Frames that were made; null where neither the files nor the graph say.</summary>
    public int? FrameCount { get; init; }

    /// <summary>By the shorter side; null where neither the files nor the graph say the size.</summary>
    public string? ResolutionTier { get; init; }

    /// <summary>
    /// The same for prompts that do the same work: structure, models, settings and version of ComfyUI, without seeds, texts and names of files. 32 hexadecimal digits.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>Describes a prompt.</summary>
    /// <param name="outputs">Its files; null while there are none yet.</param>
    /// <param name="comfyUiVersion">Null where it is not known.</param>
    public static PromptDescription From(SubmittedPrompt prompt, IReadOnlyList<OutputFile>? outputs, string? comfyUiVersion)
    {
        var graph = prompt.Graph;
        var roots = GraphHash.InOrder(graph, graph.Roots(prompt.OutputNodes));
        var order = graph.ExecutionOrder(roots);
        var saved = GraphOutputs.From(graph, roots, ImageShapes.From(graph, order));
        var result = PromptResult.From(saved, outputs ?? []);
        return new PromptDescription
        {
            WorkflowKey = prompt.UiWorkflowId ?? GraphHash.Structure(graph, roots),
            WorkflowName = NameOf(graph, roots, order, saved),
            Parameters = PromptParameters.From(graph, order, saved, result),
            FrameCount = result.FrameCount,
            ResolutionTier = result.Size is { } size ? ResolutionTiers.From(size.Width, size.Height) : null,
            Fingerprint = GraphHash.Configuration(graph, roots, comfyUiVersion),
        };
    }

    private static string NameOf(PromptGraph graph, IReadOnlyList<string> roots, IReadOnlyList<PromptNode> order, GraphOutputs saved)
    {
        var sampler = saved.Main?.Shape.Sampler ?? order.LastOrDefault(SamplerSettings.IsSampler);
        var models = sampler is null ? ModelFiles.From(graph, order, []).Models : ModelFiles.FindModels(graph, sampler);
        string?[] parts =
        [
            saved.Main?.Node.ClassType ?? roots.Select(root => graph.Nodes[root].ClassType).Order(StringComparer.Ordinal).FirstOrDefault() ?? "Unknown graph",
            models.Count == 0 ? null : string.Join(" + ", models.Take(2).Select(Stem)),
            saved.Main?.Shape.Latent?.ClassType ?? (models.Count == 0 ? order.LastOrDefault(node => !roots.Contains(node.Id))?.ClassType : null),
        ];
        var name = string.Join(" · ", parts.OfType<string>());
        return name.Length <= MaxNameLength ? name : StorableText.Cut(name, MaxNameLength - 1) + "…";
    }

    private static string Stem(string file)
    {
        var name = file[(file.LastIndexOfAny(['/', '\\']) + 1)..];
        return NodeSettings.IsModelFile(name) ? name[..name.LastIndexOf('.')] : name;
    }
}
