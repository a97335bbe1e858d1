using System.Text.Json.Nodes;

namespace PerfDash.Tests.Sources.ComfyUi.Fake;

/// <summary>Runs one prompt of the fake: its frames, to whom each version sends them, and its entry in history.</summary>
/// <param name="history">Takes the entry; called before the final status.</param>
internal sealed class FakeRun(FakePrompt prompt, Version version, FakeSockets sockets, Action<string, JsonObject> history)
{
    private readonly JsonObject _states = [];
    private readonly JsonArray _executed = [];
    private JsonObject _outputs = [];

    // 0.3.44 brought progress_state, and sent it to everybody until 0.3.57.
    private bool HasProgressState => version >= new Version(0, 3, 44);

    private bool SendsProgressStateToAll => version <= new Version(0, 3, 57);

    // From 0.3.68 on, outputs of cached nodes reach history only for prompts with a client id.
    private bool KeepsCachedOutputs => version < new Version(0, 3, 68) || prompt.ClientId is not null;

    public void Start() => AddMessage("execution_start", []);

    public async Task ExecuteAsync(
        IReadOnlyList<(string Node, int Ms)> nodes,
        IReadOnlyList<string> cached,
        JsonObject outputs,
        Outcome outcome,
        CancellationToken cancellation)
    {
        _outputs = outputs;
        AddMessage("execution_cached", new() { ["nodes"] = new JsonArray([.. cached.Select(node => JsonValue.Create(node))]) });
        var kept = new JsonObject();
        foreach (var node in cached.Where(prompt.OutputNodes.Contains))
        {
            SendOutput(node);
            SetState(node, "finished", 1, 1);
            if (KeepsCachedOutputs)
                Keep(kept, node);
        }
        foreach (var (node, ms) in nodes)
        {
            SetState(node, "running", 0, 1);
            SendToClient("executing", new() { ["node"] = node, ["display_node"] = node });
            await Task.Delay(ms, cancellation);
            if (ms > 0)
            {
                SetState(node, "running", 1, 1);
                SendProgress(node);
            }
            if (outcome is Outcome.Failed failed && failed.Node == node)
                break;
            if (outcome is Outcome.WasInterrupted && node == nodes[^1].Node)
                break;
            SendOutput(node);
            SetState(node, "finished", 1, 1);
            _executed.Add(node);
            Keep(kept, node);
        }
        End(outcome, nodes.Count > 0 ? nodes[^1].Node : "");
        history(prompt.Id, Entry(kept, outcome is Outcome.Succeeded));
    }

    /// <summary>After the final status.</summary>
    public void SendEnd() => SendToClient("executing", new() { ["node"] = null });

    private void End(Outcome outcome, string lastNode)
    {
        switch (outcome)
        {
            case Outcome.Failed failed:
                AddMessage("execution_error", new()
                {
                    ["node_id"] = failed.Node,
                    ["node_type"] = ClassOf(failed.Node),
                    ["executed"] = _executed.DeepClone(),
                    ["exception_message"] = failed.Message,
                    ["exception_type"] = failed.ExceptionType,
                    ["traceback"] = new JsonArray("  File \"/srv/comfyui/execution.py\", line 518, in execute\n"),
                    ["current_inputs"] = new JsonObject(),
                    ["current_outputs"] = _executed.DeepClone(),
                });
                break;
            case Outcome.WasInterrupted:
                AddMessage("execution_interrupted", new() { ["node_id"] = lastNode, ["node_type"] = ClassOf(lastNode), ["executed"] = _executed.DeepClone() }, toAllWithoutClient: true);
                break;
            default:
                AddMessage("execution_success", []);
                break;
        }
    }

    private JsonObject Entry(JsonObject outputs, bool success) => new()
    {
        ["prompt"] = prompt.ToJson(),
        ["outputs"] = outputs,
        ["status"] = new JsonObject
        {
            ["status_str"] = success ? "success" : "error",
            ["completed"] = success,
            ["messages"] = prompt.Messages.DeepClone(),
        },
        ["meta"] = new JsonObject(outputs.Select(output => KeyValuePair.Create<string, JsonNode?>(output.Key, new JsonObject
        {
            ["node_id"] = output.Key,
            ["display_node"] = output.Key,
            ["parent_node"] = null,
            ["real_node_id"] = output.Key,
        }))),
    };

    private string ClassOf(string node) => prompt.Graph[node]?["class_type"]?.GetValue<string>() ?? "";

    private void Keep(JsonObject kept, string node)
    {
        if (_outputs[node] is { } output)
            kept[node] = output.DeepClone();
    }

    /// <summary>Kept in history in any case; sent only where the prompt has a client id, or to all for interruptions.</summary>
    private void AddMessage(string type, JsonObject data, bool toAllWithoutClient = false)
    {
        data["prompt_id"] = prompt.Id;
        data["timestamp"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        prompt.Messages.Add(new JsonArray(type, data.DeepClone()));
        if (prompt.ClientId is not null || toAllWithoutClient)
            sockets.Send(FakeFrame.Create(type, data), prompt.ClientId);
    }

    private void SendToClient(string type, JsonObject data)
    {
        data["prompt_id"] = prompt.Id;
        if (prompt.ClientId is not null)
            sockets.Send(FakeFrame.Create(type, data), prompt.ClientId);
    }

    private void SendOutput(string node)
    {
        if (_outputs[node] is { } output)
            SendToClient("executed", new() { ["node"] = node, ["display_node"] = node, ["output"] = output.DeepClone() });
    }

    private void SendProgress(string node)
    {
        // Without a client id the old versions do not know which node runs.
        var name = HasProgressState || prompt.ClientId is not null ? node : null;
        sockets.Send(FakeFrame.Create("progress", new() { ["value"] = 1, ["max"] = 1, ["prompt_id"] = prompt.Id, ["node"] = name }), prompt.ClientId);
    }

    private void SetState(string node, string state, double value, double max)
    {
        if (!HasProgressState)
            return;
        _states[node] = new JsonObject
        {
            ["value"] = value,
            ["max"] = max,
            ["state"] = state,
            ["node_id"] = node,
            ["prompt_id"] = prompt.Id,
            ["display_node_id"] = node,
            ["parent_node_id"] = null,
            ["real_node_id"] = node,
        };
        sockets.Send(
            FakeFrame.Create("progress_state", new() { ["prompt_id"] = prompt.Id, ["nodes"] = _states.DeepClone() }),
            SendsProgressStateToAll ? null : prompt.ClientId);
    }
}

/// <summary>Frames as the server writes them.</summary>
internal static class FakeFrame
{
    public static JsonObject Create(string type, JsonObject data) => new() { ["type"] = type, ["data"] = data };

    /// <param name="sid">Only in the first frame of a socket.</param>
    public static JsonObject Status(int queueRemaining, string? sid = null)
    {
        var data = new JsonObject { ["status"] = new JsonObject { ["exec_info"] = new JsonObject { ["queue_remaining"] = queueRemaining } } };
        if (sid is not null)
            data["sid"] = sid;
        return Create("status", data);
    }
}
