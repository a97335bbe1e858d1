using System.Text.Json.Nodes;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>The settings of a prompt as JSON for <c>jobs.parameters</c>.</summary>
internal static class PromptParameters
{
    /// <summary>Samplers whose settings are taken, and models of each kind.</summary>
    public const int MaxValues = 50;

    /// <summary>See <see cref="PromptDescription.Parameters"/>.</summary>
    public static JsonObject From(PromptGraph graph, IReadOnlyList<PromptNode> order, GraphOutputs saved, PromptResult result)
    {
        SamplerSettings[] samplers = [.. order.Where(SamplerSettings.IsSampler).Take(MaxValues).Select(node => SamplerSettings.From(graph, node))];
        var files = ModelFiles.From(graph, order, samplers.Select(sampler => sampler.Node));
        var parameters = new JsonObject();
        Add(parameters, "seed", samplers.Select(sampler => sampler.Seed));
        Add(parameters, "steps", samplers.Select(sampler => sampler.Steps));
        Add(parameters, "start_at_step", samplers.Select(sampler => sampler.StartAtStep));
        Add(parameters, "end_at_step", samplers.Select(sampler => sampler.EndAtStep));
        Add(parameters, "cfg", samplers.Select(sampler => sampler.Cfg));
        Add(parameters, "guidance", order.Where(node => node.ClassType is "FluxGuidance" or "CLIPTextEncodeFlux").Select(node => graph.Value(node, "guidance")?.Number()).OfType<object>().Distinct());
        Add(parameters, "sampler", samplers.Select(sampler => sampler.Sampler));
        Add(parameters, "scheduler", samplers.Select(sampler => sampler.Scheduler));
        Add(parameters, "denoise", samplers.Select(sampler => sampler.Denoise));
        Add(parameters, "model", files.Models);
        if (files.Loras.Count > 0)
            parameters["loras"] = new JsonArray([.. files.Loras.Take(MaxValues).Select(lora => JsonValue.Create(lora))]);
        Add(parameters, "vae", files.Vaes);
        Add(parameters, "width", [(long?)result.Size?.Width]);
        Add(parameters, "height", [(long?)result.Size?.Height]);
        Add(parameters, "length", [saved.Main?.Shape.Latent is { } latent ? LatentNodes.Length(graph, latent) : null]);
        Add(parameters, "fps", [result.Fps is { } fps ? JsonFields.Number(fps) : saved.Main?.Fps]);
        return parameters;
    }

    private static void Add(JsonObject parameters, string name, IEnumerable<object?> values)
    {
        object?[] each = [.. values.Take(MaxValues)];
        if (each.All(value => value is null))
            return;
        parameters[name] = each.All(value => Equals(value, each[0])) ? Node(each[0]) : new JsonArray([.. each.Select(Node)]);
    }

    private static JsonNode? Node(object? value) => value switch
    {
        long whole => JsonValue.Create(whole),
        ulong large => JsonValue.Create(large),
        double real => JsonValue.Create(real),
        string text => JsonValue.Create(text),
        _ => null,
    };
}
