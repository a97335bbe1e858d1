using System.Text;
using System.Text.Json;
using PerfDash.Core.Sources.ComfyUi.Protocol;

namespace PerfDash.Tests.Sources.ComfyUi.Protocol;

public class ComfyUiFrameTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"type":"status","data":{"status":{"exec_info":{"queue_remaining":3}},"sid":"x"}}""", ComfyUiFrameKind.Status, null, null, 3)]
    [InlineData("""{"type":"executing","data":{"node":"5.0.0.1","display_node":"5","prompt_id":"p"}}""", ComfyUiFrameKind.Executing, "p", "5", null)]
    [InlineData("""{"type":"executing","data":{"node":null,"prompt_id":"p"}}""", ComfyUiFrameKind.Executing, "p", null, null)]
    [InlineData("""{"type":"executing","data":{"node":"2"}}""", ComfyUiFrameKind.Executing, null, "2", null)]
    [InlineData("""{"type":"executed","data":{"node":7,"output":{},"prompt_id":"p"}}""", ComfyUiFrameKind.Executed, "p", "7", null)]
    [InlineData("""{"type":"execution_error","data":{"node_id":"2","prompt_id":"p","traceback":["t"]}}""", ComfyUiFrameKind.ExecutionError, "p", "2", null)]
    [InlineData("""{"type":"progress","data":{"value":1,"max":3,"node":null,"prompt_id":"p"}}""", ComfyUiFrameKind.Progress, "p", null, null)]
    public void A_frame_has_what_its_type_tells(string json, object kind, string? promptId, string? nodeId, int? queueRemaining)
    {
        var frame = ComfyUiFrame.Parse(JsonElement.Parse(json), Now);

        Assert.NotNull(frame);
        Assert.Equal((kind, promptId, nodeId, queueRemaining), ((object)frame.Kind, frame.PromptId, frame.NodeId, frame.QueueRemaining));
        Assert.Equal(Now, frame.ReceivedAt);
    }

    [Fact]
    public void Parts_of_a_displayed_node_are_one_entry_that_runs_while_any_runs()
    {
        var frame = ComfyUiFrame.Parse(
            JsonElement.Parse("""
                {"type":"progress_state","data":{"prompt_id":"p","nodes":{
                  "5":{"value":1,"state":"finished","display_node_id":"5"},
                  "6":{"value":0,"state":"pending","display_node_id":null,"real_node_id":"6"},
                  "5.0.0.1":{"value":4,"state":"running","display_node_id":"5"},
                  "7":{"state":"finished"},
                  "8":{"state":"of a later version"}}}}
                """),
            Now);

        Assert.Equal([new("5", NodeState.Running, 4), new("6", NodeState.Pending), new("7", NodeState.Finished)], frame!.Nodes);
    }

    [Theory]
    [InlineData("""{"type":"feature_flags","data":{}}""")]
    [InlineData("""{"type":"status"}""")]
    [InlineData("""{"type":"status","data":[]}""")]
    [InlineData("""{"type":5,"data":{}}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public void What_is_of_no_interest_is_null(string json) => Assert.Null(ComfyUiFrame.Parse(JsonElement.Parse(json), Now));

    [Fact]
    public void No_document_makes_it_throw()
    {
        string[] values = ["null", "5", "-1e400", "18446744073709551615", "\"\"", "\"\\udcff\"", "[]", "[{}]", "{}", "{\"a\":{}}", "true", "\"running\""];
        string[] members = ["node", "display_node", "node_id", "prompt_id", "status", "nodes"];
        string[] types = ["status", "executing", "executed", "execution_start", "execution_error", "progress", "progress_state"];
        string[] nodeMembers = ["state", "value", "display_node_id", "real_node_id"];
        var read = 0;
        foreach (var type in types)
        {
            foreach (var value in values)
            {
                foreach (var member in members)
                    read += Parse($$"""{"type":"{{type}}","data":{"{{member}}":{{value}} } }""");
                foreach (var member in nodeMembers)
                    read += Parse($$"""{"type":"{{type}}","data":{"nodes":{"1":{"state":"running","{{member}}":{{value}} },"2":{{value}} },"status":{"exec_info":{{value}} } } }""");
                read += Parse($$"""{"type":"{{type}}","data":{"status":{"exec_info":{"queue_remaining":{{value}} } } } }""");
                Parse($$"""{"type":{{value}},"data":{{value}} }""");
            }
        }
        Assert.Equal(types.Length * values.Length * (members.Length + nodeMembers.Length + 1), read);
        Assert.Null(ComfyUiFrame.Parse(default, Now));
    }

    [Fact]
    public void A_frame_keeps_no_more_than_2000_nodes_and_no_endless_ids()
    {
        var nodes = string.Join(',', Enumerable.Range(0, 5000).Select(node => $"\"{node}\":{{\"state\":\"running\"}}"));
        var many = ComfyUiFrame.Parse(JsonElement.Parse($$"""{"type":"progress_state","data":{"prompt_id":"{{new string('x', 1000)}}","nodes":{ {{nodes}} } } }"""), Now);

        Assert.Equal(2000, many!.Nodes.Count);
        Assert.Null(many.PromptId);
    }

    private static int Parse(string json)
    {
        using var document = LenientJson.Parse(Encoding.UTF8.GetBytes(json));
        return ComfyUiFrame.Parse(document.RootElement, Now) is null ? 0 : 1;
    }
}
