using System.Text.Json.Nodes;
using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Tests.Sources.ComfyUi.Graphs;

/// <summary>Which prompts count as the same workflow, and which as the same configuration of it.</summary>
public sealed class WorkflowIdentityTests
{
    private const string Sample = "cog_txt_to_image_to_video";

    [Theory]
    [InlineData("3", "seed", "5")]
    [InlineData("3", "steps", "30")]
    [InlineData("18", "text", "\"a cat\"")]
    [InlineData("15", "ckpt_name", "\"svd.safetensors\"")]
    [InlineData("10", "filename_prefix", "\"other\"")]
    public void Another_value_leaves_the_workflow_the_same(string node, string input, string value) =>
        Assert.Equal(Describe(SampleFiles.Graph(Sample)).WorkflowKey, Describe(Changed(node, input, value)).WorkflowKey);

    [Fact]
    public void Other_node_ids_leave_workflow_and_configuration_the_same()
    {
        var text = SampleFiles.Text($"Prompts/{Sample}.json");
        var renamed = new JsonObject();
        // In another order too: the last node first.
        foreach (var (id, node) in JsonNode.Parse(text)!.AsObject().Reverse())
        {
            var copy = node!.DeepClone();
            foreach (var link in copy["inputs"]!.AsObject().Select(input => input.Value).OfType<JsonArray>())
                link[0] = $"n{link[0]}";
            renamed[$"n{id}"] = copy;
        }

        var original = Describe(SampleFiles.Graph(Sample), "10", "21");
        var other = Describe(renamed, "n21", "n10");

        Assert.Equal(original.WorkflowKey, other.WorkflowKey);
        Assert.Equal(original.Fingerprint, other.Fingerprint);
        Assert.Equal(original.WorkflowName, other.WorkflowName);
        Assert.Equal(original.Parameters.ToJsonString(), other.Parameters.ToJsonString());
        Assert.Matches("^[0-9a-f]{32}$", original.WorkflowKey);
        Assert.Matches("^[0-9a-f]{32}$", original.Fingerprint);
    }

    [Fact]
    public void Another_class_another_link_and_another_output_make_another_workflow()
    {
        var otherClass = SampleFiles.Graph(Sample);
        otherClass["10"]!["class_type"] = "SaveAnimatedPNG";
        var otherLink = SampleFiles.Graph(Sample);
        otherLink["3"]!["inputs"]!["model"] = new JsonArray("15", 0);
        var otherSlot = SampleFiles.Graph(Sample);
        otherSlot["8"]!["inputs"]!["vae"] = new JsonArray("15", 1);

        string[] keys =
        [
            Describe(SampleFiles.Graph(Sample), "10", "21").WorkflowKey,
            Describe(SampleFiles.Graph(Sample), "10").WorkflowKey,
            Describe(otherClass, "10", "21").WorkflowKey,
            Describe(otherLink, "10", "21").WorkflowKey,
            Describe(otherSlot, "10", "21").WorkflowKey,
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void A_workflow_of_the_editor_keeps_its_id_while_people_change_it()
    {
        var history = SampleFiles.History("history");
        Assert.Equal("5b0f0b1e-6d5c-4d0f-9a3e-3a2f8c1f7a10", PromptDescription.From(history.Prompt, history.Outputs, null).WorkflowKey);
    }

    [Theory]
    [InlineData("15", "ckpt_name", "\"svd.safetensors\"")]
    [InlineData("3", "steps", "30")]
    [InlineData("3", "cfg", "2.6")]
    [InlineData("3", "sampler_name", "\"dpmpp_2m\"")]
    [InlineData("3", "scheduler", "\"normal\"")]
    [InlineData("12", "width", "768")]
    [InlineData("12", "video_frames", "14")]
    [InlineData("10", "lossless", "true")]
    public void A_setting_that_costs_time_makes_another_configuration(string node, string input, string value) =>
        Assert.NotEqual(Describe(SampleFiles.Graph(Sample)).Fingerprint, Describe(Changed(node, input, value)).Fingerprint);

    [Theory]
    [InlineData("3", "seed", "18446744073709551615")]
    [InlineData("18", "text", "\"a cat\"")]
    [InlineData("10", "filename_prefix", "\"other\"")]
    [InlineData("3", "cfg", "2.50")]
    [InlineData("3", "denoise", "1.0")]
    public void Seeds_texts_prefixes_and_the_spelling_of_numbers_do_not(string node, string input, string value) =>
        Assert.Equal(Describe(SampleFiles.Graph(Sample)).Fingerprint, Describe(Changed(node, input, value)).Fingerprint);

    [Fact]
    public void A_seed_and_a_text_may_come_from_nodes_of_their_own()
    {
        Assert.Equal(Linked("1", "a cat").Fingerprint, Linked("2", "two dogs").Fingerprint);
        Assert.Equal("""{"seed":2}""", new JsonObject { ["seed"] = Linked("2", "a cat").Parameters["seed"]!.DeepClone() }.ToJsonString());

        static PromptDescription Linked(string seed, string text)
        {
            var graph = SampleFiles.Graph(Sample);
            graph["3"]!["inputs"]!["seed"] = new JsonArray("100", 0);
            graph["17"]!["inputs"]!["seed"] = new JsonArray("100", 0);
            graph["18"]!["inputs"]!["text"] = new JsonArray("101", 0);
            graph["100"] = JsonNode.Parse($$$"""{"class_type": "PrimitiveInt", "inputs": {"value": {{{seed}}}}}""");
            graph["101"] = JsonNode.Parse($$$"""{"class_type": "PrimitiveString", "inputs": {"value": "{{{text}}}"}}""");
            return Describe(graph);
        }
    }

    [Fact]
    public void Another_version_of_ComfyUI_makes_another_configuration()
    {
        var prompt = SampleFiles.Prompt(Sample, "10", "21");
        string[] fingerprints = [.. new[] { "0.3.64", "0.27.1", null }.Select(version => PromptDescription.From(prompt, null, version).Fingerprint)];
        Assert.Equal(3, fingerprints.Distinct().Count());
    }

    [Fact]
    public void Ten_different_prompts_are_ten_workflows()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "PerfDash.Tests", "Sources", "ComfyUi", "Prompts"), "*.json");
        Assert.Equal(10, files.Select(file => PromptDescription.From(SampleFiles.Prompt(Path.GetFileNameWithoutExtension(file)), null, null).WorkflowKey).Distinct().Count());
    }

    private static JsonObject Changed(string node, string input, string value)
    {
        var graph = SampleFiles.Graph(Sample);
        graph[node]!["inputs"]![input] = JsonNode.Parse(value);
        return graph;
    }

    private static PromptDescription Describe(JsonObject graph, params string[] outputNodes) =>
        PromptDescription.From(SampleFiles.Submitted(graph.ToJsonString(), outputNodes), null, "0.3.64");
}
