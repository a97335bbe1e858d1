using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PerfDash.Tests.Sources.ComfyUi.Fake;

/// <summary>A ComfyUI server on loopback that behaves as the recorded ones of its version; a test says what is queued and runs.</summary>
/// <remarks>Node names and outputs are the test's. Real ones were recorded from 0.3.43, 0.3.50, 0.3.64 and 0.27.1.</remarks>
internal sealed class FakeComfyUi : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly WebApplication _app;
    private readonly FakeSockets _sockets = new();
    private readonly FakeRoutes _routes;
    private readonly string _basePath;
    private readonly List<FakePrompt> _pending = [];
    private readonly Dictionary<string, (FakePrompt Prompt, FakeRun Run)> _running = [];
    private readonly OrderedDictionary<string, JsonObject> _history = [];
    private CancellationTokenSource _process = new();
    private int _nextNumber;

    private FakeComfyUi(WebApplication app, string version, string basePath, IReadOnlyDictionary<string, string> requiredHeaders)
    {
        _app = app;
        _basePath = basePath;
        Version = version;
        _routes = new FakeRoutes(this, _sockets, basePath, requiredHeaders);
    }

    /// <summary>With the base path, without a slash at its end.</summary>
    public string Url => $"{new Uri(_app.Urls.Single()).GetLeftPart(UriPartial.Authority)}{_basePath}";

    public string Version { get; }

    public string PytorchVersion { get; set; } = "2.8.0+cu128";

    public FakeGpu Gpu { get; } = new();

    /// <summary>POST /prompt refuses graphs with a node of this class; null: none.</summary>
    public string? RefusedClass { get; set; }

    /// <summary>Ids and graphs of the prompts that wait, in the order in which they run.</summary>
    public IReadOnlyList<(string Id, JsonObject Graph)> Pending
    {
        get
        {
            lock (_lock)
                return [.. _pending.OrderBy(prompt => prompt.Number).Select(prompt => (prompt.Id, prompt.Graph))];
        }
    }

    /// <summary>The oldest entries above it are forgotten; the real limit is 10,000.</summary>
    public int HistoryLimit { get; set; } = 10_000;

    /// <summary>A copy, oldest first.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonObject>> History
    {
        get
        {
            lock (_lock)
                return [.. _history];
        }
    }

    /// <summary>Method, path and query of each request so far, in the order of arrival.</summary>
    public IReadOnlyCollection<string> Requests => _routes.Requests;

    public int OpenSockets => _sockets.OpenCount;

    /// <summary>The client ids of all sockets so far.</summary>
    public IReadOnlyList<string> ClientIds => _sockets.ClientIds;

    /// <summary>Whether any request carried an Origin; each such request got 403.</summary>
    public bool SawOrigin => _routes.SawOrigin;

    /// <summary>Starts one on a free port.</summary>
    /// <param name="basePath">Such as /gpu-01; everything outside of it is 404.</param>
    /// <param name="requiredHeaders">Requests without one of them get 401 (Authorization) or 403.</param>
    /// <param name="certificate">Null: http.</param>
    public static async Task<FakeComfyUi> StartAsync(
        string version = "0.27.1",
        string basePath = "",
        IReadOnlyDictionary<string, string>? requiredHeaders = null,
        X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var fake = new FakeComfyUi(app, version, basePath, requiredHeaders ?? new Dictionary<string, string>());
        // The real server sends no pings either.
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        app.Run(fake._routes.AnswerAsync);
        await app.StartAsync();
        return fake;
    }

    /// <summary>Puts a prompt into the queue and tells all sockets.</summary>
    /// <param name="clientId">Null: without one. The empty text is not the same: nobody gets its frames then.</param>
    /// <returns>The id of the prompt.</returns>
    public string Queue(JsonObject graph, JsonObject? extraData = null, string? clientId = null, string? promptId = null, bool front = false)
    {
        var extra = extraData?.DeepClone().AsObject() ?? [];
        if (clientId is not null)
            extra["client_id"] = clientId;
        if (new Version(Version) >= new Version(0, 3, 77) && !extra.ContainsKey("create_time"))
            extra["create_time"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        promptId ??= Guid.NewGuid().ToString("D");
        lock (_lock)
        {
            var number = _nextNumber++;
            _pending.Add(new FakePrompt(front ? -number : number, promptId, graph.DeepClone().AsObject(), extra));
        }
        SendStatus();
        return promptId;
    }

    /// <summary>Moves a prompt from the queue to the running ones: status to all, execution_start to its client.</summary>
    public void Start(string promptId)
    {
        FakeRun run;
        lock (_lock)
        {
            var prompt = _pending.Find(p => p.Id == promptId) ?? throw new ArgumentException($"{promptId} is not in the queue.", nameof(promptId));
            _pending.Remove(prompt);
            run = new FakeRun(prompt, new Version(Version), _sockets, Remember);
            _running[promptId] = (prompt, run);
        }
        SendStatus();
        run.Start();
    }

    /// <summary>Runs a prompt to its end, and starts it first where that was not done. Ends early, as the process would, with <see cref="Restart"/>.</summary>
    /// <param name="nodes">In the order of execution, with real milliseconds; 0 is allowed.</param>
    /// <param name="outputs">By node, as history has them, such as {"9": {"images": [...]}}.</param>
    /// <param name="outcome">Null: success.</param>
    public async Task RunAsync(
        string promptId,
        IReadOnlyList<(string Node, int Ms)> nodes,
        IReadOnlyList<string>? cached = null,
        JsonObject? outputs = null,
        Outcome? outcome = null)
    {
        if (!IsRunning(promptId))
            Start(promptId);
        FakeRun run;
        CancellationToken process;
        lock (_lock)
            (run, process) = (_running[promptId].Run, _process.Token);
        try
        {
            await run.ExecuteAsync(nodes, cached ?? [], outputs ?? [], outcome ?? Outcome.Success, process);
        }
        catch (OperationCanceledException) when (process.IsCancellationRequested)
        {
            // The server was restarted: the prompt is forgotten without a word.
            return;
        }
        SendStatus();
        run.SendEnd();
    }

    /// <summary>Takes a prompt out of the queue: status to all, nothing in history.</summary>
    public void Remove(string promptId)
    {
        lock (_lock)
            _pending.RemoveAll(prompt => prompt.Id == promptId);
        SendStatus();
    }

    /// <summary>Forgets the history; no frame tells of it.</summary>
    public void ClearHistory()
    {
        lock (_lock)
            _history.Clear();
    }

    /// <summary>Drops the sockets without a close frame and forgets queue, running prompts and history. The address stays.</summary>
    public void Restart()
    {
        CancellationTokenSource ended;
        lock (_lock)
        {
            ended = _process;
            _process = new CancellationTokenSource();
            _pending.Clear();
            _running.Clear();
            _history.Clear();
            _nextNumber = 0;
        }
        ended.Cancel();
        ended.Dispose();
        _sockets.Drop();
    }

    /// <summary>Breaks the sockets without a close frame; prompts go on.</summary>
    public void DropSockets() => _sockets.Drop();

    /// <summary>Ends the sockets with a close frame.</summary>
    public void CloseSockets() => _sockets.Close();

    /// <summary>How long each HTTP answer waits from now on.</summary>
    public void SetDelay(TimeSpan delay) => _routes.Delay = delay;

    /// <summary>Sends a text frame to all sockets as it is.</summary>
    public void SendRaw(string text) => _sockets.Send(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    /// <summary>Sends a preview image, as far as a watcher can see.</summary>
    public void SendBinary(byte[] bytes) => _sockets.Send(bytes, WebSocketMessageType.Binary);

    /// <summary>Sends three text frames that are no JSON objects.</summary>
    public void SendGarbage()
    {
        SendRaw("{\"type\": \"status\", ");
        SendRaw("nonsense");
        SendRaw("[1, 2, 3]");
    }

    /// <summary>Tells all sockets the length of the queue, as the server does on each change.</summary>
    public void SendStatus() => _sockets.Send(FakeFrame.Status(QueueRemaining));

    /// <summary>Answers GET /history in place of the fake; null: the fake answers again.</summary>
    public void AnswerHistoryWith(Func<HttpContext, Task>? answer) => _routes.History = answer;

    /// <summary>A file that GET /view serves.</summary>
    public void AddFile(string filename, byte[] content, string subfolder = "", string type = "output", string contentType = "image/png") =>
        _routes.Files[(filename, subfolder, type)] = (content, contentType);

    public async ValueTask DisposeAsync()
    {
        await _process.CancelAsync();
        _sockets.Drop();
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
        _process.Dispose();
    }

    /// <summary>Running and pending prompts.</summary>
    internal int QueueRemaining
    {
        get
        {
            lock (_lock)
                return _pending.Count + _running.Count;
        }
    }

    internal JsonObject QueueAnswer()
    {
        lock (_lock)
        {
            return new JsonObject
            {
                ["queue_running"] = new JsonArray([.. _running.Values.Select(running => running.Prompt.ToJson())]),
                ["queue_pending"] = new JsonArray([.. _pending.OrderBy(prompt => prompt.Number).Select(prompt => prompt.ToJson())]),
            };
        }
    }

    /// <param name="offset">Below 0: the last ones.</param>
    internal JsonObject HistoryAnswer(int? maxItems, int offset)
    {
        lock (_lock)
        {
            if (offset < 0 && maxItems is not null)
                offset = _history.Count - maxItems.Value;
            return [.. _history.Skip(Math.Max(offset, 0)).Take(maxItems ?? int.MaxValue).Select(Copy)];
        }
    }

    internal JsonObject HistoryAnswer(string promptId)
    {
        lock (_lock)
            return _history.TryGetValue(promptId, out var entry) ? new JsonObject { [promptId] = entry.DeepClone() } : [];
    }

    internal double NumberOf(string promptId)
    {
        lock (_lock)
            return _pending.Find(prompt => prompt.Id == promptId)?.Number ?? 0;
    }

    private static KeyValuePair<string, JsonNode?> Copy(KeyValuePair<string, JsonObject> entry) => new(entry.Key, entry.Value.DeepClone());

    private bool IsRunning(string promptId)
    {
        lock (_lock)
            return _running.ContainsKey(promptId);
    }

    private void Remember(string promptId, JsonObject entry)
    {
        lock (_lock)
        {
            // Both at once, as the server does. Not running: the server was restarted meanwhile.
            if (!_running.Remove(promptId))
                return;
            // An id that is used again replaces its entry at the place of the old one, as in the server's dictionary.
            _history[promptId] = entry;
            while (_history.Count > HistoryLimit)
                _history.RemoveAt(0);
        }
    }
}
