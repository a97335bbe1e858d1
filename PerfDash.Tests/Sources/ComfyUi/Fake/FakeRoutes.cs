using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace PerfDash.Tests.Sources.ComfyUi.Fake;

/// <summary>The HTTP API of the fake; every route is also below /api.</summary>
internal sealed class FakeRoutes(FakeComfyUi fake, FakeSockets sockets, string basePath, IReadOnlyDictionary<string, string> requiredHeaders)
{
    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentDictionary<(string Filename, string Subfolder, string Type), (byte[] Content, string ContentType)> Files { get; } = new();

    public TimeSpan Delay { get; set; }

    public Func<HttpContext, Task>? History { get; set; }

    public bool SawOrigin { get; private set; }

    public async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        Requests.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, context.RequestAborted);
        if (!request.Path.StartsWithSegments(basePath, StringComparison.Ordinal, out var path))
        {
            context.Response.StatusCode = 404;
            return;
        }
        if (RefusalOf(request) is { } status)
        {
            context.Response.StatusCode = status;
            return;
        }
        if (path.StartsWithSegments("/api", StringComparison.Ordinal, out var alias))
            path = alias;
        await AnswerAsync(context, $"{request.Method} {path}");
    }

    private int? RefusalOf(HttpRequest request)
    {
        if (request.Headers.ContainsKey("Origin"))
        {
            SawOrigin = true;
            return 403;
        }
        foreach (var (name, value) in requiredHeaders)
        {
            if (request.Headers[name] != value)
                return name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) ? 401 : 403;
        }
        return null;
    }

    private Task AnswerAsync(HttpContext context, string route) => route switch
    {
        "GET /ws" when context.WebSockets.IsWebSocketRequest => OpenSocketAsync(context),
        "GET /history" => History is { } history ? history(context) : WriteAsync(context, fake.HistoryAnswer(Number(context, "max_items"), Number(context, "offset") ?? -1)),
        "GET /queue" => WriteAsync(context, fake.QueueAnswer()),
        "GET /prompt" => WriteAsync(context, new JsonObject { ["exec_info"] = new JsonObject { ["queue_remaining"] = fake.QueueRemaining } }),
        "POST /prompt" => SubmitAsync(context),
        // Empty, as the server answers.
        "POST /free" => Task.CompletedTask,
        "GET /system_stats" => WriteAsync(context, SystemStats()),
        "GET /view" => ViewAsync(context),
        _ when route.StartsWith("GET /history/", StringComparison.Ordinal) => WriteAsync(context, fake.HistoryAnswer(route["GET /history/".Length..])),
        _ => TextAsync(context, 404, "404: Not Found"),
    };

    private Task OpenSocketAsync(HttpContext context)
    {
        var clientId = context.Request.Query["clientId"].ToString();
        if (clientId.Length == 0)
            clientId = Guid.NewGuid().ToString("N");
        return sockets.ServeAsync(context, clientId, () => FakeFrame.Status(fake.QueueRemaining, clientId));
    }

    private async Task SubmitAsync(HttpContext context)
    {
        var body = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))?.AsObject();
        if (body?["prompt"] is not JsonObject graph)
        {
            var error = new JsonObject { ["type"] = "no_prompt", ["message"] = "No prompt provided", ["details"] = "No prompt provided", ["extra_info"] = new JsonObject() };
            await WriteAsync(context, new JsonObject { ["error"] = error, ["node_errors"] = new JsonObject() }, 400);
            return;
        }
        if (graph.FirstOrDefault(node => fake.RefusedClass is { } refused && node.Value?["class_type"]?.GetValue<string>() == refused) is { Key: { } refusedNode })
        {
            await WriteAsync(context, Refusal(refusedNode, fake.RefusedClass!), 400);
            return;
        }

        var id = fake.Queue(
            graph,
            body["extra_data"] as JsonObject,
            body["client_id"]?.GetValue<string>(),
            body["prompt_id"]?.GetValue<string>(),
            body["front"]?.GetValue<bool>() ?? false);
        await WriteAsync(context, new JsonObject { ["prompt_id"] = id, ["number"] = fake.NumberOf(id), ["node_errors"] = new JsonObject() });
    }

    private static JsonObject Refusal(string node, string classType)
    {
        var error = new JsonObject { ["type"] = "value_not_in_list", ["message"] = "Value not in list", ["details"] = "ckpt_name: 'gone.safetensors' not in ['a.safetensors']", ["extra_info"] = new JsonObject() };
        return new JsonObject
        {
            ["error"] = new JsonObject { ["type"] = "prompt_outputs_failed_validation", ["message"] = "Prompt outputs failed validation", ["details"] = "", ["extra_info"] = new JsonObject() },
            ["node_errors"] = new JsonObject { [node] = new JsonObject { ["errors"] = new JsonArray(error), ["dependent_outputs"] = new JsonArray("9"), ["class_type"] = classType } },
        };
    }

    private async Task ViewAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var type = query["type"].ToString();
        if (!Files.TryGetValue((query["filename"].ToString(), query["subfolder"].ToString(), type.Length == 0 ? "output" : type), out var file))
        {
            context.Response.StatusCode = 404;
            return;
        }
        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = file.Content.Length;
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
    }

    private JsonObject SystemStats() => new()
    {
        ["system"] = new JsonObject
        {
            ["os"] = "posix",
            ["ram_total"] = 134_985_564_160,
            ["ram_free"] = 101_243_297_792,
            ["comfyui_version"] = fake.Version,
            ["python_version"] = "3.12.3 (main, Jun 18 2025, 17:59:45) [GCC 13.3.0]",
            ["pytorch_version"] = fake.PytorchVersion,
            ["embedded_python"] = false,
            ["argv"] = new JsonArray("main.py", "--listen", "0.0.0.0", "--port", "8188"),
        },
        ["devices"] = new JsonArray(fake.Gpu.ToJson()),
    };

    private static int? Number(HttpContext context, string name) =>
        int.TryParse(context.Request.Query[name], CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Task WriteAsync(HttpContext context, JsonObject answer, int status = 200)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return TextAsync(context, status, RawNumbers.Write(answer));
    }

    private static async Task TextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
