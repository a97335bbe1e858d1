using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerfDash.Tests.Ingest.Otlp;

/// <summary>Requests of OTLP made by hand.</summary>
internal static class OtlpRequests
{
    public const string Json = "application/json";
    public const string Protobuf = "application/x-protobuf";

    /// <summary>2026-11-30T12:00:00Z in nanoseconds.</summary>
    public const long Noon = 1_796_040_000_000_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>An id of 8 or 16 bytes that ends with a number.</summary>
    public static string Id(int number, int bytes) => number.ToString("x", null).PadLeft(2 * bytes, '0');

    /// <summary>A span of a trace that starts and ends so many milliseconds after noon.</summary>
    public static JsonObject Span(int trace, int id, int? parent, string name, double startMs, double endMs, params (string Name, JsonNode Value)[] attributes) => new()
    {
        ["traceId"] = Id(trace, 16),
        ["spanId"] = Id(id, 8),
        ["parentSpanId"] = parent is { } p ? Id(p, 8) : "",
        ["name"] = name,
        ["startTimeUnixNano"] = (Noon + (long)(startMs * 1e6)).ToString(null, null),
        ["endTimeUnixNano"] = (Noon + (long)(endMs * 1e6)).ToString(null, null),
        ["attributes"] = new JsonArray([.. attributes.Select(a => new JsonObject { ["key"] = a.Name, ["value"] = a.Value })]),
    };

    /// <summary>A root span that is a job of ten seconds on worker gpu-1.</summary>
    public static JsonObject Root(int trace, params (string Name, JsonNode Value)[] attributes) =>
        Span(trace, 1, null, "generate", 0, 10_000, [("perfdash.workflow", Text("portrait")), ("perfdash.worker", Text("gpu-1")), .. attributes]);

    public static JsonObject Text(string value) => new() { ["stringValue"] = value };

    public static JsonObject Integer(long value) => new() { ["intValue"] = value.ToString(null, null) };

    public static JsonObject Number(double value) => new() { ["doubleValue"] = value };

    public static string Request(params JsonNode[] spans) =>
        new JsonObject { ["resourceSpans"] = new JsonArray(new JsonObject { ["scopeSpans"] = new JsonArray(new JsonObject { ["spans"] = new JsonArray(spans) }) }) }.ToJsonString();

    /// <summary>A field of a protobuf message that holds bytes.</summary>
    public static byte[] Field(int number, params byte[] bytes) => bytes.Length < 128 ? [(byte)((number << 3) | 2), (byte)bytes.Length, .. bytes] : throw new ArgumentException("too long for one byte");

    /// <summary>Sends a body.</summary>
    /// <returns>The status, and the body of the answer.</returns>
    public static async Task<(HttpStatusCode Status, byte[] Body, string? Type)> PostAsync(this HttpClient client, byte[] body, string type, string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/traces") { Content = content };
        // What the server refuses unread would break off the sending.
        request.Headers.ExpectContinue = body.Length > 1_000_000;
        using var answer = await client.SendAsync(request, Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(Cancel), answer.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>Sends spans as JSON, which must be taken.</summary>
    /// <returns>The answer's JSON.</returns>
    public static async Task<JsonElement> SendAsync(this HttpClient client, params JsonNode[] spans)
    {
        var (status, body, type) = await client.PostAsync(Encoding.UTF8.GetBytes(Request(spans)), Json);
        Assert.True(status == HttpStatusCode.OK, Encoding.UTF8.GetString(body));
        Assert.Equal(Json, type);
        return JsonElement.Parse(body);
    }

    /// <summary>Lets the time pass that a root waits for the rest of its trace.</summary>
    public static Task LetQuietPassAsync(this TestDatabase database) => database.ExecuteAsync("UPDATE otlp_spans SET received_at = now() - INTERVAL '30 seconds'");
}
