using PerfDash.Core.Sources.ComfyUi.Protocol;

namespace PerfDash.Tests.Sources.ComfyUi.Protocol;

/// <summary>Expected times were taken from the recorded files by a script of its own: first running to first finished, or gaps between executing.</summary>
public class NodeTimesTests
{
    private const string Prompt = "p";
    private static readonly DateTimeOffset Start = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_prompt_without_client_id_has_the_times_of_all_nodes()
    {
        var times = RecordedFrames.TimesOf("0.27.1_a3_no_client_id", "watcher", "e4c0aa7b-4ca3-4576-8ff1-8a3b4ca304c4");

        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);
        AssertTimes([("6", 0), ("1", 115.3), ("5", 0), ("2", 1219.6), ("3", 118.7), ("4", 0.2)], times);
    }

    [Fact]
    public void Before_0_3_44_a_node_runs_until_the_next_one_executes()
    {
        var times = RecordedFrames.TimesOf("0.3.43_a4_watchers_client_id", "watcher", "b95da6fb-8a5d-4e3a-b3e1-76a8307f7eaf");

        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);
        AssertTimes([("6", 0), ("1", 287), ("5", 8.4), ("2", 1024.2), ("3", 0), ("4", 0.1)], times);
    }

    [Fact]
    public void Before_0_3_44_a_prompt_without_client_id_has_no_times()
    {
        var times = RecordedFrames.TimesOf("0.3.43_a3_no_client_id", "watcher", "d3eeb16e-de65-433c-8074-01ca86e2bfd5");

        Assert.Equal(NodeTimeCoverage.None, times.Coverage);
        Assert.Empty(times.Durations);
    }

    [Fact]
    public void Nodes_that_run_at_the_same_time_have_their_own_times()
    {
        var times = RecordedFrames.TimesOf("0.27.1_a7_async_nodes_no_client_id", "watcher", "769a6772-56a1-4473-bb9d-3bfc7804779d");

        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);
        AssertTimes([("2", 1482.5), ("1", 1014.1), ("3", 0), ("4", 0)], times);
    }

    [Theory]
    [InlineData("3689cc79-202f-4d9c-ae34-78e938fab40b", "6:0 1:144.1 5:0 2:503.2 3:0 4:0.1")]
    [InlineData("f31e9770-d7b3-463f-b8fd-e03cf6c920f0", "")]
    [InlineData("342e2bc0-eec6-418f-839d-054337aae082", "4:8.8")]
    public void Cached_nodes_have_no_time(string promptId, string expected)
    {
        var times = RecordedFrames.TimesOf("0.27.1_b1_cached", "watcher", promptId);

        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);
        AssertTimes(
            [.. expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split(':')).Select(pair => (pair[0], double.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture)))],
            times);
    }

    [Fact]
    public void An_interrupted_node_ends_with_the_prompt()
    {
        var times = RecordedFrames.TimesOf("0.27.1_b4_interrupt", "watcher", "e3bca191-1318-401d-905a-586301971486");

        AssertTimes([("1", 0.5), ("2", 1077.8)], times);
    }

    [Theory]
    [InlineData("late2", "120b3841-1cee-4f02-8537-1554c3477920", NodeTimeCoverage.Partial)]
    [InlineData("submitter_again", "2e0a3d7b-640f-4f0b-85c5-2b9e31b5ada0", NodeTimeCoverage.Partial)]
    [InlineData("watcher", "120b3841-1cee-4f02-8537-1554c3477920", NodeTimeCoverage.Full)]
    [InlineData("watcher", "2e0a3d7b-640f-4f0b-85c5-2b9e31b5ada0", NodeTimeCoverage.None)]
    public void Who_joins_late_has_partial_times(string who, string promptId, object coverage) =>
        Assert.Equal(coverage, RecordedFrames.TimesOf("0.27.1_f1_late_watcher_and_reconnect", who, promptId).Coverage);

    [Fact]
    public void A_node_that_still_runs_at_the_end_is_closed_once()
    {
        var times = new NodeTimes(Prompt);
        times.Add(States(0, ("1", NodeState.Running)));
        times.Close(Start.AddMilliseconds(700));
        times.Close(Start.AddMilliseconds(900));
        times.Add(States(950, ("1", NodeState.Finished), ("2", NodeState.Running)));

        AssertTimes([("1", 700)], times);
    }

    [Fact]
    public void What_was_told_late_is_cut_at_the_end_of_the_prompt()
    {
        var times = new NodeTimes(Prompt);
        times.Add(States(10, ("1", NodeState.Running)));
        times.Add(States(110, ("1", NodeState.Finished)));
        times.Add(States(110, ("2", NodeState.Running)));
        times.Add(States(1150, ("2", NodeState.Finished)));
        times.Close(Start.AddMilliseconds(1200));

        times.Cut(TimeSpan.FromMilliseconds(1000));
        times.Cut(TimeSpan.FromMilliseconds(1000));

        AssertTimes([("1", 100), ("2", 900)], times);
    }

    [Fact]
    public void An_end_before_the_start_by_another_clock_takes_no_time_away()
    {
        var times = new NodeTimes(Prompt);
        times.Add(States(0, ("1", NodeState.Running)));
        times.Add(States(100, ("1", NodeState.Finished), ("2", NodeState.Running)));
        times.Close(Start.AddMilliseconds(-5000));

        AssertTimes([("1", 100), ("2", 0)], times);
    }

    [Fact]
    public void A_lost_connection_makes_times_partial()
    {
        var times = new NodeTimes(Prompt);
        times.Add(States(0, ("1", NodeState.Running)));
        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);

        times.MarkIncomplete();

        Assert.Equal(NodeTimeCoverage.Partial, times.Coverage);
    }

    [Fact]
    public void Nodes_that_ran_unseen_make_times_partial()
    {
        var times = new NodeTimes(Prompt);
        times.Add(States(0, ("1", NodeState.Running)));
        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);

        times.Add(States(500, ("1", NodeState.Finished), ("2", NodeState.Finished), ("3", NodeState.Running)));

        Assert.Equal(NodeTimeCoverage.Partial, times.Coverage);
    }

    [Theory]
    [InlineData(0, NodeTimeCoverage.Full)]
    [InlineData(3, NodeTimeCoverage.Partial)]
    public void A_first_node_that_is_further_than_its_start_was_joined_late(double value, object coverage)
    {
        var times = new NodeTimes(Prompt);
        times.Add(new ComfyUiFrame(ComfyUiFrameKind.ProgressState, Start, Prompt, null, null, [new NodeProgress("1", NodeState.Running, value)]));

        Assert.Equal(coverage, times.Coverage);
    }

    [Fact]
    public void Executing_frames_beside_progress_state_change_nothing()
    {
        var times = RecordedFrames.TimesOf("0.27.1_b4_interrupt", "submitter", "29f625f4-a728-4076-a5bf-bde7876ef3e7");

        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);
        AssertTimes([("1", 0.6), ("2", 1591.7)], times);
    }

    [Fact]
    public void A_connection_lost_after_the_end_changes_nothing()
    {
        var times = new NodeTimes(Prompt);
        times.Add(States(0, ("1", NodeState.Running)));
        times.Close(Start.AddMilliseconds(10));

        times.MarkIncomplete();

        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);
    }

    [Fact]
    public void A_node_and_the_nodes_it_was_expanded_into_count_once()
    {
        var times = new NodeTimes(Prompt);
        times.Add(Frame(0, """{"5": {"state": "running", "value": 0, "display_node_id": "5"}}"""));
        times.Add(Frame(100, """{"5": {"state": "running", "value": 0, "display_node_id": "5"}, "5.0.0.1": {"state": "running", "value": 0, "display_node_id": "5"}}"""));
        times.Add(Frame(300, """{"5": {"state": "finished", "value": 1, "display_node_id": "5"}, "5.0.0.1": {"state": "running", "value": 0, "display_node_id": "5"}}"""));
        times.Add(Frame(400, """{"5": {"state": "finished", "value": 1, "display_node_id": "5"}, "5.0.0.1": {"state": "finished", "value": 1, "display_node_id": "5"}}"""));
        // A second part that starts after a pause of 100 ms.
        times.Add(Frame(500, """{"5": {"state": "finished", "value": 1, "display_node_id": "5"}, "5.0.0.2": {"state": "running", "value": 0, "display_node_id": "5"}}"""));
        times.Add(Frame(550, """{"5": {"state": "finished", "value": 1, "display_node_id": "5"}, "5.0.0.2": {"state": "finished", "value": 1, "display_node_id": "5"}}"""));

        AssertTimes([("5", 450)], times);
        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);
    }

    [Fact]
    public void Frames_of_another_prompt_are_ignored()
    {
        var times = new NodeTimes("another");
        times.Add(States(0, ("1", NodeState.Running)));

        Assert.Equal(NodeTimeCoverage.None, times.Coverage);
    }

    [Fact]
    public void No_more_than_2000_nodes_are_kept()
    {
        var times = new NodeTimes(Prompt);
        for (var node = 0; node < 3000; node++)
            times.Add(States(node, ($"{node}", NodeState.Running)));

        Assert.Equal(2000, times.Durations.Count);
        Assert.Equal(NodeTimeCoverage.Partial, times.Coverage);
    }

    [Fact]
    public void An_executing_frame_without_the_start_of_its_prompt_means_joined_late()
    {
        var times = new NodeTimes(Prompt);
        times.Add(new ComfyUiFrame(ComfyUiFrameKind.Executing, Start, Prompt, "3", null, []));

        Assert.Equal(NodeTimeCoverage.Partial, times.Coverage);
    }

    private static ComfyUiFrame States(int ms, params (string Node, NodeState State)[] nodes) =>
        new(ComfyUiFrameKind.ProgressState, Start.AddMilliseconds(ms), Prompt, null, null, [.. nodes.Select(node => new NodeProgress(node.Node, node.State))]);

    private static ComfyUiFrame Frame(int ms, string nodes) => ComfyUiFrame.Parse(
        System.Text.Json.JsonElement.Parse($$"""{"type": "progress_state", "data": {"prompt_id": "{{Prompt}}", "nodes": {{nodes}} } }"""),
        Start.AddMilliseconds(ms))!;

    private static void AssertTimes((string Node, double Ms)[] expected, NodeTimes times) =>
        Assert.Equal(expected, times.Durations.Select(time => (time.NodeId, Math.Round(time.DurationMs, 1))));
}
