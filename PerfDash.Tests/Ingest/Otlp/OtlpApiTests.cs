using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using PerfDash.Core.Ingest.Otlp;
using PerfDash.Tests.Collection;
using static PerfDash.Tests.Ingest.Otlp.OtlpRequests;

namespace PerfDash.Tests.Ingest.Otlp;

/// <summary><c>POST /v1/traces</c> as a protocol: encodings, refusals, limits and rights.</summary>
public sealed class OtlpApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await app.Database.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Gzip_is_taken_in_both_encodings()
    {
        var json = await app.Client.PostAsync(Gzip(Encoding.UTF8.GetBytes(Request(Root(1)))), Json, "gzip");
        var protobuf = await app.Client.PostAsync(Gzip(Resource(SpanOf(2, Id(2, 8)))), Protobuf, "gzip");

        Assert.Equal((HttpStatusCode.OK, "{}", Json), (json.Status, Encoding.UTF8.GetString(json.Body), json.Type));
        Assert.Equal((HttpStatusCode.OK, 0, Protobuf), (protobuf.Status, protobuf.Body.Length, protobuf.Type));
        Assert.Equal("generate,load", await app.Database.ScalarAsync<string>("SELECT string_agg(name, ',' ORDER BY name) FROM otlp_spans"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"resourceSpans": 7}""")]
    [InlineData("""{"resourceSpans": [{"scopeSpans": [{"spans": [7]}]}]}""")]
    [InlineData("""{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 7}]}]}]}""")]
    [InlineData("""{"resourceSpans": [{"scopeSpans": [{"spans": [{"endTimeUnixNano": "soon"}]}]}]}""")]
    public async Task An_unreadable_JSON_body_is_refused_in_JSON(string body)
    {
        var answer = await app.Client.PostAsync(Encoding.UTF8.GetBytes(body), Json);

        Assert.Equal((HttpStatusCode.BadRequest, Json), (answer.Status, answer.Type));
        var status = JsonElement.Parse(answer.Body);
        Assert.Equal(3, status.GetProperty("code").GetInt32());
        Assert.StartsWith("The body is not an ExportTraceServiceRequest: ", status.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0A05")] // A message that ends before it says.
    [InlineData("0AFFFFFFFFFFFFFFFFFFFF")] // A length of more than 10 bytes.
    [InlineData("0B")] // A group.
    [InlineData("00")] // No field.
    public async Task An_unreadable_protobuf_body_is_refused_in_protobuf(string body)
    {
        var answer = await app.Client.PostAsync(Convert.FromHexString(body), Protobuf);

        Assert.Equal((HttpStatusCode.BadRequest, Protobuf), (answer.Status, answer.Type));
        // code 3, then a message of so many bytes.
        var length = answer.Body.Length - 4;
        Assert.Equal([0x08, 3, 0x12, (byte)length], answer.Body[..4]);
        Assert.StartsWith("The body is not an ExportTraceServiceRequest: ", Encoding.UTF8.GetString(answer.Body[4..]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Json)]
    [InlineData(Protobuf)]
    public async Task A_body_that_is_not_the_gzip_it_says_it_is_is_refused(string type)
    {
        var whole = Gzip(Encoding.UTF8.GetBytes(Request(Root(1))));

        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.PostAsync("{}"u8.ToArray(), type, "gzip")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.PostAsync(whole[..(whole.Length / 2)], type, "gzip")).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await app.Client.PostAsync(whole, type, "br")).Status);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/grpc")]
    public async Task Other_content_types_are_refused(string type) =>
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "application/problem+json"), (await app.Client.PostAsync("{}"u8.ToArray(), type)) is var (status, _, answered) ? (status, answered) : default);

    [Fact]
    public async Task A_body_is_limited_as_sent_and_as_decompressed()
    {
        var large = new byte[31_000_000];
        large.AsSpan().Fill((byte)' ');

        var packed = await app.Client.PostAsync(Gzip(large), Json, "gzip");
        var plain = await app.Client.PostAsync(large, Json);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, 8), (packed.Status, JsonElement.Parse(packed.Body).GetProperty("code").GetInt32()));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, 8), (plain.Status, JsonElement.Parse(plain.Body).GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task Spans_that_cannot_be_stored_are_counted_with_the_reason_and_the_rest_is_stored()
    {
        var (shortId, noEnd) = (Root(1), Root(2));
        shortId["traceId"] = "abc";
        noEnd["endTimeUnixNano"] = 0;

        var answer = await app.Client.SendAsync(
            shortId, noEnd, Root(3, ("perfdash.project_id", Integer(77))), Root(4, ("perfdash.job_id", Text(new string('k', 501)))), Root(5, ("perfdash.scene_id", Text("five"))), Root(6), Span(4, 2, 1, "of a refused root", 0, 1));

        var partial = answer.GetProperty("partialSuccess");
        Assert.Equal("5", partial.GetProperty("rejectedSpans").GetString());
        Assert.Equal(
            [
                $"span {Id(1, 8)} of trace abc: traceId must be 16 bytes that are not all zero",
                $"span {Id(1, 8)} of trace {Id(2, 16)}: endTimeUnixNano is missing",
                $"span {Id(1, 8)} of trace {Id(4, 16)}: external_id is longer than 500 characters",
                $"span {Id(1, 8)} of trace {Id(5, 16)}: scene_id must be a whole number",
            ],
            partial.GetProperty("errorMessage").GetString()!.Split("; ").Where(e => !e.Contains("project", StringComparison.Ordinal)));
        Assert.Contains($"trace {Id(3, 16)}: project_id 77 does not exist", partial.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        Assert.Equal(Id(6, 16), await app.Database.ScalarAsync<string>("SELECT string_agg(trace_id, ',') FROM otlp_spans"));
    }

    [Fact]
    public async Task Partial_success_is_said_in_protobuf_too()
    {
        var answer = await app.Client.PostAsync(Resource(SpanOf(1, Id(2, 8)), SpanOf(1, "0102")), Protobuf);

        Assert.Equal((HttpStatusCode.OK, Protobuf), (answer.Status, answer.Type));
        const string Error = "span 0102 of trace 00000000000000000000000000000001: spanId must be 8 bytes that are not all zero";
        Assert.Equal(Field(1, [0x08, 1, .. Field(2, Encoding.UTF8.GetBytes(Error))]), answer.Body);
        Assert.Equal(1L, await app.Database.CountAsync("otlp_spans"));
    }

    [Fact]
    public async Task Values_of_a_wrong_type_cost_themselves_with_a_warning()
    {
        await app.Client.SendAsync(Root(
            1,
            ("perfdash.frames", Text("many")),
            ("perfdash.gpu_time_ms", Number(1500.4)),
            ("perfdash.score.likeness", new JsonObject { ["doubleValue"] = "NaN" }),
            ("perfdash.score.motion_quality", Integer(1)),
            ("perfdash.parameter.list", new JsonObject { ["arrayValue"] = new JsonObject() }),
            ("perfdash.parameter.prompt", Text("a\0b"))));
        await app.Database.LetQuietPassAsync();

        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        Assert.Equal(
            """|1500|{"motion_quality": 1}|{}""",
            await app.Database.ScalarAsync<string>("SELECT format('%s|%s|%s|%s', frame_count, total_gpu_time_ms, quality_scores_json, parameters) FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id"));
        var warnings = await app.Database.ScalarAsync<string>("SELECT warnings::text FROM job_collections");
        Assert.All(["frame_count", "quality_scores.likeness", "parameters.prompt"], field => Assert.Contains(field, warnings, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_of_the_role_ingest_may_send_and_viewers_may_not()
    {
        var body = Encoding.UTF8.GetBytes(Request(Root(1)));

        Assert.Equal(HttpStatusCode.OK, (await (await app.WithKeyAsync("ingest")).PostAsync(body, Json)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await (await app.WithKeyAsync("viewer")).PostAsync(body, Json)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PerfDashApp.Browser(app.Address).PostAsync(body, Json)).Status);
    }

    [Fact]
    public async Task Other_addresses_beside_it_answer_in_JSON()
    {
        using var metrics = await app.Client.PostAsync("/v1/metrics", null, Cancel);
        using var read = await app.Client.GetAsync("/v1/traces", Cancel);

        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (metrics.StatusCode, metrics.Content.Headers.ContentType?.MediaType));
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "application/problem+json"), (read.StatusCode, read.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            // Also as the inside of a span and of its attributes, where random bytes seldom come.
            foreach (var body in new[] { bytes, Field(1, Field(2, Field(2, bytes[..Math.Min(bytes.Length, 100)]))), Field(1, Field(2, Field(2, Field(9, bytes[..Math.Min(bytes.Length, 100)])))) })
                ReadsOrRefuses(() => OtlpProtobuf.Read(body));
            ReadsOrRefuses(() => OtlpJson.Read(bytes));
        });

        static void ReadsOrRefuses(Func<List<OtlpSpan>> read)
        {
            try
            {
                read();
            }
            catch (FormatException)
            {
                // That is what it says of what it cannot read.
            }
        }
    }

    private static byte[] Resource(params byte[][] spans) => Field(1, Field(2, [.. spans.SelectMany(span => Field(2, span))]));

    private static byte[] SpanOf(int trace, string id) =>
        [.. Field(1, Convert.FromHexString(Id(trace, 16))), .. Field(2, Convert.FromHexString(id)), .. Field(4, Convert.FromHexString(Id(1, 8))), .. Field(5, "load"u8.ToArray())];

    private static byte[] Gzip(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(body);
        return packed.ToArray();
    }
}
