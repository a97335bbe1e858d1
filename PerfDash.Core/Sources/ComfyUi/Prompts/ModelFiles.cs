using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>The files of the models that a prompt uses, as the prompt names them, each once.</summary>
/// <param name="Models">Diffusion models; those of the first sampler first, and of one sampler the nearest to it.</param>
/// <param name="Loras">LoRAs that are switched on, in the same order.</param>
/// <param name="Vaes">Those that have a file of their own.</param>
internal sealed record ModelFiles(IReadOnlyList<string> Models, IReadOnlyList<string> Loras, IReadOnlyList<string> Vaes)
{
    private static readonly string[] ModelInputs =
        ["ckpt_name", "unet_name", "model_name", "base_ckpt_name", "refiner_ckpt_name", "diffusion_model_name", "gguf_name", "checkpoint", "model"];

    // Links that carry a model from its loader to a sampler.
    private static readonly string[] ModelLinks = ["model", "guider", "pipe", "lora"];

    /// <summary>Finds them behind the samplers; without a sampler all that are loaded.</summary>
    public static ModelFiles From(PromptGraph graph, IReadOnlyList<PromptNode> order, IEnumerable<PromptNode> samplers)
    {
        PromptNode[] behind = [.. samplers.SelectMany(sampler => Behind(graph, sampler))];
        string[] models = Distinct(behind.SelectMany(ModelsOf));
        return new ModelFiles(
            models.Length > 0 ? models : Distinct(order.SelectMany(ModelsOf)),
            Distinct((behind.Length > 0 ? behind : order).SelectMany(LorasOf)),
            Distinct(order.Select(node => node.Literals.TryGetValue("vae_name", out var vae) ? vae.Name() : null).OfType<string>()));
    }

    /// <summary>The models of one sampler, the nearest first.</summary>
    public static IReadOnlyList<string> FindModels(PromptGraph graph, PromptNode sampler) => Distinct(Behind(graph, sampler).SelectMany(ModelsOf));

    /// <summary>The sampler and the nodes that its model comes through, by the number of links between.</summary>
    private static List<PromptNode> Behind(PromptGraph graph, PromptNode sampler)
    {
        var found = new List<PromptNode> { sampler };
        var seen = new HashSet<string>(StringComparer.Ordinal) { sampler.Id };
        for (var next = 0; next < found.Count; next++)
        {
            foreach (var link in found[next].Links)
            {
                if ((PromptGraph.IsReroute(found[next]) || CarriesModel(link.Input)) && graph.Nodes.TryGetValue(link.NodeId, out var node) && seen.Add(node.Id))
                    found.Add(node);
            }
        }
        return found;
    }

    private static bool CarriesModel(string input) =>
        ModelLinks.Any(word => input.Contains(word, StringComparison.OrdinalIgnoreCase)) && !input.Contains("upscale", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> ModelsOf(PromptNode node) =>
        IsLora(node) ? [] : ModelInputs.Select(input => node.Literals.TryGetValue(input, out var file) ? file.Name() : null).OfType<string>().Where(IsFile);

    private static IEnumerable<string> LorasOf(PromptNode node) =>
        node.Literals.OrderBy(input => input.Key, StringComparer.Ordinal).Select(input => Lora(node, input.Key, input.Value)).OfType<string>().Where(IsFile);

    // Loaders of several have "lora_1": {"on": true, "lora": "x.safetensors"}; loaders of checkpoints may have a "lora_name" too.
    private static string? Lora(PromptNode node, string input, JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? value.Field("on")?.ValueKind == JsonValueKind.False ? null : value.Field("lora")?.Name()
        : input == "lora_name" || (IsLora(node) && input.StartsWith("lora", StringComparison.OrdinalIgnoreCase)) ? value.Name()
        : null;

    private static bool IsLora(PromptNode node) => node.ClassType.Contains("lora", StringComparison.OrdinalIgnoreCase);

    private static bool IsFile(string name) => !name.Equals("None", StringComparison.OrdinalIgnoreCase);

    private static string[] Distinct(IEnumerable<string> files) => [.. files.Distinct(StringComparer.Ordinal)];
}
