using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Tests.Sources.ComfyUi.Graphs;

/// <summary>Others write this JSON: whatever it is, reading it does not throw.</summary>
public sealed class AnyJsonTests
{
    private static readonly string[] Names =
    [
        "prompt", "status", "messages", "outputs", "class_type", "inputs", "_meta", "title", "images", "gifs", "animated", "filename", "type", "metadata", "width", "height",
        "frame_count", "fps", "samples", "latent_image", "seed", "steps", "cfg", "sampler_name", "scheduler", "sigmas", "model", "batch_size", "length", "scale_by", "amount",
        "client_id", "create_time", "extra_pnginfo", "workflow", "id", "perfdash", "project_id", "node_id", "nodes", "timestamp", "exception_type", "lora_1", "1", "2", "3", "\\ud800", "\\ud800\\ud800\\ud800", "a\\u0000",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "1", "-1", "33", "1.5", "1e400", "-1e999", "18446744073709551615", "99999999999999999999999", "253402300800000", "[\"1\",0]", "[\"2\",0]", "[\"3\",1]", "[\"1\",1e9]",
        "\"\"", "\"temp\"", "\"\\ud800\"", "\"a\\u0000\"", "\"KSampler\"", "\"EmptyLatentImage\"", "\"EmptyMochiLatentVideo\"", "\"VAEDecode\"", "\"SaveImage\"", "\"ImageScale\"", "\"LatentUpscaleBy\"",
        "\"ImageFromBatch\"", "\"RIFE VFI\"", "\"Reroute\"", "\"PrimitiveInt\"", "\"SaveAnimatedWEBP\"", "\"execution_start\"", "\"execution_error\"", "\"execution_success\"", "\"a.safetensors\"",
    ];

    private static readonly string[] Samples =
    [
        "history", "history_newer", "history_oom", "history_interrupted", "history_all_cached",
    ];

    [Fact]
    public void Random_JSON_never_throws() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            Read($"{{\"prompt\": [{Json(random, 2)}, \"p\", {Json(random, 4)}, {Json(random, 3)}, {Json(random, 2)}], \"outputs\": {Json(random, 5)}, \"status\": {Json(random, 4)}}}");
            Read(Json(random, 5));
        },
        iter: 3000);

    [Fact]
    public void Real_history_with_anything_in_the_place_of_anything_never_throws() => Gen.Select(Gen.Int[0, Samples.Length - 1].Select(index => Samples[index]), Gen.Int).Sample(
        (sample, seed) =>
        {
            var random = new Random(seed);
            var entry = JsonNode.Parse(SampleFiles.Text($"Composed/{sample}.json"))!.AsObject().First().Value!;
            for (var change = random.Next(1, 4); change > 0; change--)
                Replace(random, entry);
            // A lone half of a surrogate pair cannot stand in a node: it is put in as text.
            Read(entry.ToJsonString().Replace("\"@\"", Json(random, 3), StringComparison.Ordinal));
        },
        iter: 1000);

    [Fact]
    public void A_chain_of_nine_thousand_nodes_is_followed()
    {
        var graph = new StringBuilder("""{"0": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 2}}""");
        for (var node = 1; node < 9000; node++)
            graph.Append(null, $$$""", "{{{node}}}": {"class_type": "SetLatentNoiseMask", "inputs": {"samples": ["{{{node - 1}}}", 0]}}""");
        graph.Append(""", "save": {"class_type": "SaveImage", "inputs": {"images": ["8999", 0]}}}""");

        var description = PromptDescription.From(SampleFiles.Submitted(graph.ToString(), "save"), null, null);
        Assert.Equal(2, description.FrameCount);
        Assert.Equal("480p", description.ResolutionTier);
    }

    [Theory]
    [InlineData("""{"1": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}}}""")]
    [InlineData("""{"1": {"class_type": "Reroute", "inputs": {"": ["2", 0]}}, "2": {"class_type": "Reroute", "inputs": {"": ["1", 0]}}, "3": {"class_type": "KSampler", "inputs": {"steps": ["1", 0], "sampler_name": "a", "model": ["2", 0], "latent_image": ["3", 0]}}}""")]
    public void A_cycle_ends(string graph)
    {
        var description = PromptDescription.From(SampleFiles.Submitted(graph, "1", "3"), null, null);
        Assert.Null(description.FrameCount);
        Assert.Matches("^[0-9a-f]{32}$", description.WorkflowKey);
    }

    [Fact]
    public void A_graph_that_is_too_large_is_not_read_and_its_prompt_is()
    {
        var graph = $"{{{string.Join(",", Enumerable.Range(0, PromptGraph.MaxNodes + 1).Select(node => $$$"""
            "{{{node}}}": {"class_type": "A"}
            """))}}}";
        var prompt = SampleFiles.Submitted(graph);
        Assert.Empty(prompt.Graph.Nodes);
        Assert.Equal("Unknown graph", PromptDescription.From(prompt, null, null).WorkflowName);
    }

    private static void Read(string json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            // Too deep.
            return;
        }
        using var owned = document;
        PromptGraph.Parse(document.RootElement);
        OutputFile.ParseAll(document.RootElement);
        SubmittedPrompt.Parse(document.RootElement);
        if (FinishedPrompt.Parse("p", document.RootElement) is { } finished)
            JsonDocument.Parse(PromptDescription.From(finished.Prompt, finished.Outputs, "1").Parameters.ToJsonString()).Dispose();
    }

    private static string Json(Random random, int depth) => (depth == 0 ? 0 : random.Next(4)) switch
    {
        0 => Values[random.Next(Values.Length)],
        1 => $"[{string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => Json(random, depth - 1)))}]",
        _ => $"{{{string.Join(",", Enumerable.Range(0, random.Next(6)).Select(_ => $"\"{Names[random.Next(Names.Length)]}\":{Json(random, depth - 1)}"))}}}",
    };

    private static void Replace(Random random, JsonNode node)
    {
        while (true)
        {
            var children = node switch
            {
                JsonObject fields => fields.Select(field => (Child: field.Value, Put: (Action)(() => fields[field.Key] = "@"))).ToArray(),
                JsonArray items => items.Select((item, index) => (Child: item, Put: (Action)(() => items[index] = "@"))).ToArray(),
                _ => [],
            };
            if (children.Length == 0)
                return;
            var (child, put) = children[random.Next(children.Length)];
            if (child is null or JsonValue || random.Next(4) == 0)
            {
                put();
                return;
            }
            node = child;
        }
    }
}
