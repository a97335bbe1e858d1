using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources.ComfyUi.Protocol;

/// <summary>The fake against what real servers were seen to do: tests of the connector are worth no more than it.</summary>
public class FakeComfyUiTests
{
    private static readonly (string Node, int Ms)[] Nodes = [("6", 0), ("1", 5), ("5", 0), ("2", 5), ("3", 0), ("4", 0)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0.27.1", null, "0.27.1_a3_no_client_id")]
    [InlineData("0.3.43", null, "0.3.43_a3_no_client_id")]
    [InlineData("0.3.43", "watcher", "0.3.43_a4_watchers_client_id")]
    public async Task A_watcher_receives_the_frames_of_the_recorded_server_in_their_order(string version, string? clientId, string recorded)
    {
        await using var fake = await FakeComfyUi.StartAsync(version);
        using var socket = await ConnectAsync(fake, "watcher");
        var outputs = new JsonObject { ["6"] = Text(), ["5"] = Text(), ["4"] = Text() };

        await fake.RunAsync(fake.Queue(Graph(), clientId: clientId), Nodes, outputs: outputs);
        fake.CloseSockets();

        Assert.Equal(
            Described(RecordedFrames.ReadRaw(recorded, "watcher")),
            Described(await ReadToEndAsync(socket)));
    }

    [Theory]
    [InlineData("0.27.1", "somebody", false)]
    [InlineData("0.27.1", "", false)]
    [InlineData("0.3.50", "somebody", true)]
    [InlineData("0.3.43", "somebody", false)]
    public async Task Of_a_prompt_with_another_client_id_a_watcher_receives_only_status(string version, string clientId, bool states)
    {
        await using var fake = await FakeComfyUi.StartAsync(version);
        using var socket = await ConnectAsync(fake, "watcher");

        await fake.RunAsync(fake.Queue(Graph(), clientId: clientId), Nodes);
        fake.CloseSockets();

        var types = (await ReadToEndAsync(socket)).Select(frame => frame.GetProperty("type").GetString()).Distinct();
        Assert.Equal(states ? ["status", "progress_state"] : ["status"], types);
    }

    [Theory]
    [InlineData("0.27.1", null, false)]
    [InlineData("0.27.1", "somebody", true)]
    [InlineData("0.3.64", null, true)]
    public async Task Outputs_of_cached_nodes_depend_on_version_and_client_id(string version, string? clientId, bool kept)
    {
        await using var fake = await FakeComfyUi.StartAsync(version);
        var id = fake.Queue(Graph(), clientId: clientId);

        await fake.RunAsync(id, [], cached: ["1", "2", "3", "4", "5", "6"], outputs: new JsonObject { ["4"] = Text() });

        Assert.Equal(kept, fake.History.Single().Value["outputs"]!.AsObject().ContainsKey("4"));
    }

    [Fact]
    public async Task History_is_there_before_the_last_status()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        using var client = new HttpClient();
        using var socket = await ConnectAsync(fake, "watcher");
        var id = fake.Queue(Graph());

        var run = fake.RunAsync(id, Nodes, outcome: Outcome.Error("torch.cuda.OutOfMemoryError", "Allocation on device", "2"));
        var remaining = new List<int>();
        while (remaining.Count < 4)
        {
            if (Remaining((await ReceiveAsync(socket))!.Value) is { } length)
                remaining.Add(length);
        }
        var history = await client.GetFromJsonAsync<JsonObject>($"{fake.Url}/history/{id}", Cancellation);
        await run;

        Assert.Equal([0, 1, 1, 0], remaining);
        Assert.Equal("error", history![id]!["status"]!["status_str"]!.GetValue<string>());
        Assert.Equal("execution_error", history[id]!["status"]!["messages"]![2]![0]!.GetValue<string>());
        Assert.Equal("""["6","1","5"]""", history[id]!["status"]!["messages"]![2]![1]!["executed"]!.ToJsonString());
    }

    [Fact]
    public async Task History_pages_as_the_server_does()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        fake.HistoryLimit = 4;
        using var client = new HttpClient();
        foreach (var id in new[] { "a", "b", "c", "d", "e" })
            await fake.RunAsync(fake.Queue(Graph(), promptId: id), []);

        Assert.Equal(["d", "e"], await IdsAsync(client, $"{fake.Url}/history?max_items=2"));
        Assert.Equal(["c", "d"], await IdsAsync(client, $"{fake.Url}/api/history?max_items=2&offset=1"));
        Assert.Equal(["b", "c", "d", "e"], await IdsAsync(client, $"{fake.Url}/history?max_items=9"));
    }

    [Fact]
    public async Task A_posted_prompt_waits_in_the_queue_until_a_restart_forgets_it()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        using var client = new HttpClient();
        using var socket = await ConnectAsync(fake, "watcher");
        using var posted = await client.PostAsJsonAsync($"{fake.Url}/prompt", new JsonObject { ["prompt"] = Graph() }, Cancellation);
        var answer = await posted.Content.ReadFromJsonAsync<JsonObject>(Cancellation);

        var queue = await client.GetFromJsonAsync<JsonObject>($"{fake.Url}/queue", Cancellation);
        fake.Restart();
        var after = await client.GetFromJsonAsync<JsonObject>($"{fake.Url}/queue", Cancellation);

        Assert.Empty(answer!["node_errors"]!.AsObject());
        Assert.Equal(answer["prompt_id"]!.GetValue<string>(), queue!["queue_pending"]![0]![1]!.GetValue<string>());
        Assert.Equal("""["4","5","6"]""", queue["queue_pending"]![0]![4]!.ToJsonString());
        Assert.Empty(after!["queue_pending"]!.AsArray());
        await Assert.ThrowsAsync<WebSocketException>(() => ReadToEndAsync(socket));
    }

    private static JsonObject Graph() => new()
    {
        ["1"] = new JsonObject { ["class_type"] = "PdSleep", ["inputs"] = new JsonObject { ["seed"] = 5 } },
        ["2"] = new JsonObject { ["class_type"] = "PdSleep", ["inputs"] = new JsonObject { ["image"] = new JsonArray("1", 0) } },
        ["3"] = new JsonObject { ["class_type"] = "RepeatImageBatch", ["inputs"] = new JsonObject { ["image"] = new JsonArray("2", 0) } },
        ["4"] = new JsonObject { ["class_type"] = "SaveImage", ["inputs"] = new JsonObject { ["images"] = new JsonArray("3", 0) } },
        ["5"] = new JsonObject { ["class_type"] = "PreviewImage", ["inputs"] = new JsonObject { ["images"] = new JsonArray("1", 0) } },
        ["6"] = new JsonObject { ["class_type"] = "PdText", ["inputs"] = new JsonObject { ["text"] = "seed 5" } },
    };

    private static JsonObject Text() => new() { ["text"] = new JsonArray("seed 5") };

    private static async Task<ClientWebSocket> ConnectAsync(FakeComfyUi fake, string clientId)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"{fake.Url.Replace("http://", "ws://", StringComparison.Ordinal)}/ws?clientId={clientId}"), Cancellation);
        return socket;
    }

    private static async Task<List<JsonElement>> ReadToEndAsync(ClientWebSocket socket)
    {
        var frames = new List<JsonElement>();
        while (await ReceiveAsync(socket) is { } frame)
            frames.Add(frame);
        return frames;
    }

    /// <summary>Null: the server closed the socket.</summary>
    private static async Task<JsonElement?> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), Cancellation);
            if (received.MessageType == WebSocketMessageType.Close)
                return null;
            length += received.Count;
            if (received.EndOfMessage)
                return JsonElement.Parse(Encoding.UTF8.GetString(buffer, 0, length));
        }
    }

    private static int? Remaining(JsonElement frame) => frame.GetProperty("type").GetString() == "status"
        ? frame.GetProperty("data").GetProperty("status").GetProperty("exec_info").GetProperty("queue_remaining").GetInt32()
        : null;

    /// <summary>Each frame by what matters of it; a node with several steps repeats its progress, which is left out. The two ends of the queue keep their places.</summary>
    private static List<string> Described(IEnumerable<JsonElement> frames)
    {
        var seen = new HashSet<string>();
        return [.. frames.Select(Describe).Where(text => text.StartsWith("status", StringComparison.Ordinal) || seen.Add(text))];
    }

    private static string Describe(JsonElement frame)
    {
        var data = frame.GetProperty("data");
        var type = frame.GetProperty("type").GetString()!;
        var rest = type switch
        {
            "status" => $"{Remaining(frame)} {string.Join(',', data.EnumerateObject().Select(member => member.Name))}",
            "progress_state" => string.Join(',', data.GetProperty("nodes").EnumerateObject().Select(node =>
                $"{node.Name}:{node.Value.GetProperty("state").GetString()}:{string.Join('|', node.Value.EnumerateObject().Select(member => member.Name))}")),
            "progress" or "executing" or "executed" => $"{data.GetProperty("node")} {string.Join(',', data.EnumerateObject().Select(member => member.Name))}",
            _ => string.Join(',', data.EnumerateObject().Select(member => member.Name).Order()),
        };
        return $"{type} {rest}";
    }

    private static async Task<string[]> IdsAsync(HttpClient client, string url) =>
        [.. (await client.GetFromJsonAsync<JsonObject>(url, Cancellation))!.Select(entry => entry.Key)];
}
