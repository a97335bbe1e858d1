using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Tests.Sources.ComfyUi.Graphs;

/// <summary>History as servers answer it.</summary>
public sealed class FinishedPromptTests
{
    [Fact]
    public void A_success_has_its_times_files_and_no_error()
    {
        var finished = SampleFiles.History("history");

        Assert.Equal(PromptOutcome.Completed, finished.Outcome);
        Assert.Equal("1f6c1a52-8a0e-4c55-9d8b-0c6f8e6b7d01", finished.Prompt.Id);
        Assert.Equal(1764000000000, finished.StartMs);
        Assert.Equal(new DateTimeOffset(2025, 11, 24, 16, 0, 0, TimeSpan.Zero), finished.StartedAt);
        Assert.Equal(43835, (finished.EndedAt - finished.StartedAt)!.Value.TotalMilliseconds);
        Assert.Null(finished.Error);
        Assert.Null(finished.FailedNodeId);
        Assert.False(finished.IsOutOfMemory);
        Assert.Empty(finished.CachedNodes);
        Assert.Equal([new OutputFile("10", "SVD_00001_.webp", "perf", "output", OutputKind.Video, null, null, null, null, null)], finished.Outputs);
    }

    [Theory]
    // An animated image is one file, not one frame: the graph knows the 25.
    [InlineData("history")]
    [InlineData("history_newer")]
    [InlineData("history_no_client_id")]
    [InlineData("history_all_cached")]
    [InlineData("history_oom")]
    public void Frames_and_tier_come_from_the_graph_where_the_files_do_not_tell(string name)
    {
        var finished = SampleFiles.History(name);
        var description = PromptDescription.From(finished.Prompt, finished.Outputs, null);
        Assert.Equal(25, description.FrameCount);
        Assert.Equal("480p", description.ResolutionTier);
        Assert.Equal(6, (long)description.Parameters["fps"]!);
    }

    [Fact]
    public void Nodes_that_were_cached_are_listed()
    {
        Assert.Equal(["12", "15", "23"], SampleFiles.History("history_no_client_id").CachedNodes);
        Assert.Equal(["3", "8", "10", "12", "15", "23"], SampleFiles.History("history_all_cached").CachedNodes);
    }

    [Fact]
    public void Out_of_memory_is_one_line_that_names_the_node()
    {
        var finished = SampleFiles.History("history_oom");

        Assert.Equal(PromptOutcome.Failed, finished.Outcome);
        Assert.True(finished.IsOutOfMemory);
        Assert.Equal("3", finished.FailedNodeId);
        Assert.Equal("KSampler (node 3): torch.OutOfMemoryError: Allocation on device", finished.Error);
        Assert.Equal(1764000052415, finished.EndedAt?.ToUnixTimeMilliseconds());
        Assert.Empty(finished.Outputs);
    }

    [Fact]
    public void An_interrupt_is_no_failure_although_the_status_says_error()
    {
        var finished = SampleFiles.History("history_interrupted");

        Assert.Equal(PromptOutcome.Cancelled, finished.Outcome);
        Assert.Null(finished.Error);
        Assert.False(finished.IsOutOfMemory);
        Assert.Equal("3", finished.FailedNodeId);
        Assert.Equal(8008, (finished.EndedAt - finished.StartedAt)!.Value.TotalMilliseconds);
    }

    [Fact]
    public void A_recorded_prompt_without_client_id_is_read()
    {
        var finished = Assert.Single(SampleFiles.Recorded("0.27.1_a3_no_client_id"));

        Assert.Equal(PromptOutcome.Completed, finished.Outcome);
        Assert.Null(finished.Prompt.ClientId);
        Assert.Equal(1795939918011, finished.Prompt.CreatedAt?.ToUnixTimeMilliseconds());
        Assert.Equal(1795939918171, finished.StartMs);
        Assert.Equal(1795939919801, finished.EndedAt?.ToUnixTimeMilliseconds());
        // The preview of node 5 is a temporary file, the text of node 6 none.
        Assert.Equal(["4", "4", "4"], finished.Outputs.Select(file => file.NodeId));
        Assert.All(finished.Outputs, file => Assert.Equal(OutputKind.Image, file.Kind));
        Assert.Equal(3, PromptDescription.From(finished.Prompt, finished.Outputs, null).FrameCount);
    }

    [Fact]
    public void Recorded_runs_of_a_cached_prompt_differ_in_what_they_list()
    {
        var runs = SampleFiles.Recorded("0.27.1_b1_cached");

        Assert.Equal([0, 6, 6, 5], runs.Select(run => run.CachedNodes.Count));
        // Without a client id the server leaves out the files of cached nodes.
        Assert.Equal([3, 0, 3, 3], runs.Select(run => run.Outputs.Count));
        Assert.Single(runs.Select(run => PromptDescription.From(run.Prompt, run.Outputs, null).WorkflowKey).Distinct());
        Assert.Equal([3, null, 3, 3], runs.Select(run => PromptDescription.From(run.Prompt, run.Outputs, null).FrameCount));
    }

    [Fact]
    public void Recorded_failures_say_what_failed()
    {
        var errors = SampleFiles.Recorded("0.27.1_b2_error");
        Assert.Equal(2, errors.Count);
        Assert.Equal("PdError (node 2): ValueError: pd test error, seed 654912456309", errors[0].Error);
        Assert.All(errors, error => Assert.False(error.IsOutOfMemory));

        var memory = SampleFiles.Recorded("0.27.1_b3_oom");
        Assert.Equal(2, memory.Count);
        Assert.All(memory, error => Assert.True(error.IsOutOfMemory));
        Assert.StartsWith("PdOom (node 2): torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 GiB", memory[0].Error, StringComparison.Ordinal);
        Assert.All(memory, error => Assert.DoesNotContain("tensor", error.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void Recorded_interrupts_are_cancelled_and_the_next_prompt_is_not()
    {
        var runs = SampleFiles.Recorded("0.27.1_b4_interrupt");
        Assert.Equal([PromptOutcome.Cancelled, PromptOutcome.Cancelled, PromptOutcome.Cancelled, PromptOutcome.Completed], runs.Select(run => run.Outcome));
        Assert.Equal(["2", "2", "2", null], runs.Select(run => run.FailedNodeId));
    }

    [Theory]
    [InlineData("""{"status_str": "success", "completed": true, "messages": []}""", nameof(PromptOutcome.Completed))]
    [InlineData("""{"status_str": "error", "completed": false, "messages": []}""", nameof(PromptOutcome.Failed))]
    [InlineData("""{"status_str": "success", "completed": true, "messages": [["execution_error", {"timestamp": 5}]]}""", nameof(PromptOutcome.Failed))]
    [InlineData("""{"status_str": "error", "completed": false, "messages": [["execution_success", {"timestamp": 5}]]}""", nameof(PromptOutcome.Completed))]
    [InlineData("null", nameof(PromptOutcome.Failed))]
    [InlineData("""{"messages": [["execution_start"], "execution_success", [], [1, 2], ["execution_success", 3]]}""", nameof(PromptOutcome.Completed))]
    public void Messages_decide_before_the_status(string status, string outcome) =>
        Assert.Equal(outcome, FinishedPrompt.Parse("p", SampleFiles.Parse($$$"""{"prompt": [1, "p", {}, {}, []], "outputs": {}, "status": {{{status}}}}"""))?.Outcome.ToString());

    [Theory]
    [InlineData("""{"exception_type": "ValueError"}""", "ValueError")]
    [InlineData("""{"node_id": "7"}""", "node 7")]
    [InlineData("{}", "The server says nothing of what went wrong.")]
    [InlineData("""{"node_type": 4, "node_id": [], "exception_type": null, "exception_message": {"a": 1}}""", "The server says nothing of what went wrong.")]
    [InlineData("""{"exception_message": "\n\n  first\tpart \r\n second"}""", "first part")]
    public void An_error_is_made_of_what_is_there(string error, string expected) => Assert.Equal(expected, Failed(error).Error);

    [Fact]
    public void A_long_error_is_cut_and_a_character_is_not()
    {
        var error = Failed($$$"""{"exception_message": "{{{new string('x', 498)}}}😀😀"}""").Error!;
        Assert.Equal(new string('x', 498) + "…", error);
        Assert.Equal(500, Failed($$$"""{"exception_message": "{{{new string('x', 9000)}}}"}""").Error!.Length);
    }

    [Fact]
    public void The_id_of_history_counts()
    {
        var entry = SampleFiles.Parse("""{"prompt": [1, "inner", {}, {}, []]}""");
        Assert.Equal("outer", FinishedPrompt.Parse("outer", entry)?.Prompt.Id);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"prompt": {"1": {}}}""")]
    public void What_is_no_entry_is_null(string json) => Assert.Null(FinishedPrompt.Parse("p", SampleFiles.Parse(json)));

    private static FinishedPrompt Failed(string error) =>
        FinishedPrompt.Parse("p", SampleFiles.Parse($$$"""{"prompt": [1, "p", {}, {}, []], "status": {"messages": [["execution_error", {{{error}}}]]}}"""))!;
}
