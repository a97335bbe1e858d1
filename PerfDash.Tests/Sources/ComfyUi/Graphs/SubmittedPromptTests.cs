using System.Text.Json;
using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Tests.Sources.ComfyUi.Graphs;

/// <summary>Entries of the queue.</summary>
public sealed class SubmittedPromptTests
{
    [Fact]
    public void A_recorded_queue_is_read()
    {
        var queue = SampleFiles.Answers("0.3.64_c1_queue", "/queue").First(answer => answer.GetProperty("queue_pending").GetArrayLength() == 3);

        var running = SubmittedPrompt.Parse(Assert.Single(queue.GetProperty("queue_running").EnumerateArray()))!;
        Assert.Equal(("9c50a422-fd5b-4722-96d2-216c2b5ad93c", 27.0, "submitter-a91452ae"), (running.Id, running.Number, running.ClientId));
        Assert.Equal(["4"], running.OutputNodes);
        Assert.Null(running.CreatedAt);
        Assert.Equal(PerfDashLabels.None, running.Labels);

        var pending = queue.GetProperty("queue_pending").EnumerateArray().Select(entry => SubmittedPrompt.Parse(entry)!).ToArray();
        Assert.Equal([-29.0, 28.0, 0.5], pending.Select(prompt => prompt.Number));
        Assert.All(pending, prompt => Assert.Null(prompt.ClientId));
    }

    [Fact]
    public void Names_in_labels_are_names()
    {
        var labels = SampleFiles.History("history_newer").Prompt.Labels;
        Assert.Equal(new PerfDashLabels { ProjectName = "moonlit", CharacterName = "ada", SceneName = "s012" }, labels);
    }

    [Fact]
    public void A_recorded_label_is_a_name_or_an_id_by_its_kind()
    {
        var prompt = Assert.Single(SampleFiles.Recorded("0.27.1_a6_client_id_in_extra_data")).Prompt;
        Assert.Equal(new PerfDashLabels { ProjectName = "p", SceneId = 7 }, prompt.Labels);
        Assert.Equal("watcher-5ff8b1bb", prompt.ClientId);
    }

    [Theory]
    [InlineData("""{"project_id": 4, "character_id": "12", "workflow": " Close-up "}""", 4L, 12L, null, "Close-up")]
    [InlineData("""{"project_id": 4.5, "character_id": -1, "scene_id": "-1"}""", null, null, "-1", null)]
    [InlineData("""{"project_id": 0, "character_id": true, "scene_id": "  ", "workflow": 7}""", null, null, null, null)]
    [InlineData("""{"project_id": 1e400, "character_id": {}, "scene_id": "half \ud800", "workflow": ["a"]}""", null, null, null, null)]
    [InlineData("[4]", null, null, null, null)]
    [InlineData("""{"project_id": 4, "workflow": "a", "\ud800 cannot be read": 5}""", 4L, null, null, "a")]
    public void Labels_are_ids_names_or_nothing(string labels, long? project, long? character, string? scene, string? workflow)
    {
        var read = PerfDashLabels.Parse(SampleFiles.Parse(labels));
        Assert.Equal((project, character, scene, workflow), (read.ProjectId, read.CharacterId, read.SceneName, read.Workflow));
        Assert.Null(read.ProjectName);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""[1, "p"]""")]
    [InlineData("""[1, 2, {}, {}, []]""")]
    [InlineData("""[1, "", {}, {}, []]""")]
    [InlineData("""[1, "p", [], {}, []]""")]
    public void What_is_no_entry_is_null(string json) => Assert.Null(SubmittedPrompt.Parse(SampleFiles.Parse(json)));

    [Theory]
    [InlineData("""[null, "p", {}]""")]
    [InlineData("""["1", "p", {}, null, null, {"sensitive": 1}]""")]
    [InlineData("""[1e999, "p", {"1": 5, "2": {"class_type": 3}, "3": []}, {"client_id": 4, "create_time": "now", "extra_pnginfo": []}, "9"]""")]
    public void Parts_of_another_type_cost_only_themselves(string json)
    {
        var prompt = SubmittedPrompt.Parse(SampleFiles.Parse(json))!;
        Assert.Equal(("p", 0.0), (prompt.Id, prompt.Number));
        Assert.Empty(prompt.Graph.Nodes);
        Assert.Null(prompt.ClientId);
        Assert.Null(prompt.CreatedAt);
        Assert.Null(prompt.UiWorkflowId);
        Assert.Empty(prompt.OutputNodes);
    }

    [Fact]
    public void A_node_is_named_by_its_title_else_its_class()
    {
        var nodes = SampleFiles.Submitted("""{"1": {"class_type": "KSampler", "_meta": {"title": "Base"}}, "2": {"class_type": "KSampler", "_meta": {"title": ""}}, "3": {"class_type": "KSampler"}}""").Graph.Nodes;
        Assert.Equal(["Base", "KSampler", "KSampler"], nodes.OrderBy(node => node.Key).Select(node => node.Value.Title));
    }

    [Fact]
    public void What_is_read_outlives_the_answer_it_was_in()
    {
        SubmittedPrompt prompt;
        using (var document = JsonDocument.Parse($$$"""[1, "p", {{{SampleFiles.Text("Prompts/cog_sd15_txt2img.json")}}}, {}, ["9"]]"""))
            prompt = SubmittedPrompt.Parse(document.RootElement)!;
        Assert.Equal(156680208700286, (long)PromptDescription.From(prompt, null, null).Parameters["seed"]!);
    }
}
