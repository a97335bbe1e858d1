using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.OpenApi;

namespace PerfDash.Tests.Reference;

/// <summary>The API's own description, <c>/openapi/v1.json</c>.</summary>
public sealed class ApiDescriptionTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The routes other programs may rely on.</summary>
    public static TheoryData<string, string> Routes => new()
    {
        { "get", "/performance/overview" },
        { "get", "/performance/throughput" },
        { "get", "/performance/workflow/{id}" },
        { "get", "/performance/workflow/{id}/trend" },
        { "get", "/performance/worker/{id}" },
        { "get", "/performance/workers/comparison" },
        { "get", "/performance/worker/{id}/drift" },
        { "get", "/performance/workers/coverage" },
        { "get", "/performance/workers/failures" },
        { "get", "/performance/comparison" },
        { "get", "/performance/comparison/history" },
        { "get", "/performance/comparison/history/proposals" },
        { "get", "/performance/quality" },
        { "get", "/performance/quality/correlation" },
        { "get", "/performance/jobs" },
        { "get", "/performance/job/{job_id}" },
        { "post", "/performance/jobs/completed" },
        { "post", "/performance/scores" },
        { "get", "/performance/estimate" },
        { "get", "/performance/estimate/backtest" },
        { "get", "/performance/cost" },
        { "get", "/performance/alerts" },
        { "post", "/performance/alerts/{id}/acknowledge" },
        { "get", "/performance/alerts/thresholds" },
        { "post", "/performance/alerts/thresholds" },
        { "get", "/performance/alerts/thresholds/{id}" },
        { "put", "/performance/alerts/thresholds/{id}" },
        { "get", "/performance/collection" },
        { "get", "/performance/collection/failures" },
        { "post", "/performance/collection/failed/{job_id}/retry" },
    };

    [Fact]
    public async Task It_keeps_the_rules_of_openapi_3_1()
    {
        var result = OpenApiDocument.Parse(await TextAsync(), "json");

        Assert.Empty(result.Diagnostic!.Errors.Select(e => e.ToString()));
        Assert.Empty(result.Diagnostic.Warnings.Select(e => e.ToString()));
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, result.Diagnostic.SpecificationVersion);
        Assert.Empty(result.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()).Select(e => e.ToString()));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_route_is_described_with_an_example(string method, string path)
    {
        var document = await DocumentAsync();
        var operation = document.GetProperty("paths").GetProperty(path).GetProperty(method);
        var success = operation.GetProperty("responses").EnumerateObject().Single(r => r.Name.StartsWith('2')).Value;

        Assert.All(["summary", "description", "operationId"], field => Assert.NotEmpty(operation.GetProperty(field).GetString()!));
        if (path.EndsWith("/retry", StringComparison.Ordinal))
            return;
        var answer = success.GetProperty("content").GetProperty("application/json");
        AssertFits(document, answer.GetProperty("schema"), answer.GetProperty("example"), path);
        if (!operation.TryGetProperty("requestBody", out var request))
            return;
        var body = request.GetProperty("content").GetProperty("application/json");
        var schema = body.GetProperty("schema");
        AssertFits(document, schema.TryGetProperty("oneOf", out var choices) ? choices[0] : schema, body.GetProperty("example"), path);
    }

    [Fact]
    public async Task Every_operation_has_one_feature_as_tag_and_the_errors_any_caller_may_meet()
    {
        var document = await DocumentAsync();
        string[] features = [.. document.GetProperty("tags").EnumerateArray().Select(t => t.GetProperty("name").GetString()!)];
        foreach (var (name, operation) in Operations(document))
        {
            Assert.Contains(Assert.Single(operation.GetProperty("tags").EnumerateArray()).GetString(), features);
            string[] statuses = [.. operation.GetProperty("responses").EnumerateObject().Select(r => r.Name)];
            foreach (var error in name.Contains('{', StringComparison.Ordinal) ? ["400", "401", "403", "404", "429"] : (string[])["400", "401", "403", "429"])
                Assert.True(statuses.Contains(error), $"{name} has no {error}");
            foreach (var error in operation.GetProperty("responses").EnumerateObject().Where(r => r.Name[0] == '4'))
                Assert.True(error.Value.GetProperty("content").TryGetProperty("application/problem+json", out _), $"{name} {error.Name}");
        }

        Assert.DoesNotContain("Other", features);
        Assert.Equal(["Bearer", "X-Api-Key"], document.GetProperty("security").EnumerateArray().SelectMany(s => s.EnumerateObject().Select(p => p.Name)));
        Assert.Equal(["Bearer", "X-Api-Key"], document.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task Every_parameter_and_every_property_says_what_it_is()
    {
        var document = await DocumentAsync();
        List<string> silent =
        [
            .. Operations(document)
                .SelectMany(o => o.Operation.TryGetProperty("parameters", out var parameters)
                    ? parameters.EnumerateArray().Where(p => !IsDescribed(p) || p.GetProperty("name").GetString()!.Any(char.IsUpper)).Select(p => $"{o.Name} {p.GetProperty("name")}")
                    : []),
            .. document.GetProperty("components").GetProperty("schemas").EnumerateObject()
                .SelectMany(s => s.Value.TryGetProperty("properties", out var properties)
                    ? properties.EnumerateObject().Where(p => !IsDescribed(p.Value)).Select(p => $"{s.Name}.{p.Name}")
                    : []),
        ];

        Assert.True(silent.Count == 0, string.Join('\n', silent));

        static bool IsDescribed(JsonElement part) => part.TryGetProperty("description", out var text) && !string.IsNullOrWhiteSpace(text.GetString());
    }

    [Fact]
    public async Task A_route_that_is_said_to_give_csv_gives_it_and_no_other()
    {
        foreach (var (name, operation) in Operations(await DocumentAsync()).Where(o => o.Name.StartsWith("get", StringComparison.Ordinal)))
        {
            var said = operation.GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty("text/csv", out _);
            using var answer = await app.Client.GetAsync($"{name[4..].Replace("{id}", "1", StringComparison.Ordinal).Replace("{job_id}", "1", StringComparison.Ordinal)}?format=csv", Cancel);
            var text = await answer.Content.ReadAsStringAsync(Cancel);

            Assert.Equal((name, !said), (name, text.Contains("format must be json", StringComparison.Ordinal)));
            Assert.Equal((name, said), (name, operation.TryGetProperty("parameters", out var parameters) && parameters.EnumerateArray().Any(p => p.GetProperty("name").GetString() == "format")));
        }
    }

    [Fact]
    public async Task The_example_of_a_completion_is_accepted_without_a_warning()
    {
        var example = (await DocumentAsync()).GetProperty("paths").GetProperty("/performance/jobs/completed").GetProperty("post")
            .GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example");
        using var body = new StringContent(example.GetRawText(), Encoding.UTF8, "application/json");
        using var answer = await app.Client.PostAsync("/performance/jobs/completed", body, Cancel);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
        Assert.Equal(0L, await app.Database.ScalarAsync<long>("SELECT count(*) FROM job_collections WHERE warnings IS NOT NULL"));
        Assert.Equal(
            "48|39000|42000|18210|1080p|3",
            await app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', frame_count, total_gpu_time_ms, total_wall_time_ms, vram_peak_mb, resolution_tier, jsonb_array_length(pipeline_stages_json))
                FROM performance_metrics
                """));
    }

    private async Task<string> TextAsync() => await app.Client.GetStringAsync("/openapi/v1.json", Cancel);

    private async Task<JsonElement> DocumentAsync() => JsonElement.Parse(await TextAsync());

    private static IEnumerable<(string Name, JsonElement Operation)> Operations(JsonElement document) =>
        document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(o => ($"{o.Name} {path.Name}", o.Value)));

    /// <summary>Objects have exactly the schema's properties (a request: only such), and values its types.</summary>
    private static void AssertFits(JsonElement document, JsonElement schema, JsonElement value, string where)
    {
        if (schema.TryGetProperty("oneOf", out var choices))
        {
            if (value.ValueKind != JsonValueKind.Null)
                AssertFits(document, choices.EnumerateArray().Single(c => !c.TryGetProperty("type", out var type) || type.ToString() != "null"), value, where);
            return;
        }

        if (schema.TryGetProperty("$ref", out var reference))
        {
            var name = reference.GetString()!.Split('/')[^1];
            schema = document.GetProperty("components").GetProperty("schemas").GetProperty(name);
        }

        if (schema.TryGetProperty("type", out var types))
            Assert.Contains(TypeOf(value), types.ToString().Replace("integer", "integer number", StringComparison.Ordinal), StringComparison.Ordinal);
        if (schema.TryGetProperty("enum", out var words))
            Assert.Contains(value.ToString(), words.EnumerateArray().Select(w => w.ToString()));
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var item in value.EnumerateArray())
                AssertFits(document, items, item, where + "[]");
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            var isFree = schema.TryGetProperty("additionalProperties", out var anyProperty);
            foreach (var property in value.EnumerateObject())
            {
                if (schema.TryGetProperty("properties", out var properties))
                {
                    Assert.True(properties.TryGetProperty(property.Name, out var known), $"{where}.{property.Name} is not in the schema");
                    AssertFits(document, known, property.Value, $"{where}.{property.Name}");
                }
                else if (isFree && anyProperty.ValueKind == JsonValueKind.Object)
                {
                    AssertFits(document, anyProperty, property.Value, $"{where}.{property.Name}");
                }
            }

            if (schema.TryGetProperty("required", out var required))
                Assert.All(required.EnumerateArray(), r => Assert.True(value.TryGetProperty(r.GetString()!, out _), $"{where}.{r} is missing in the example"));
        }
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number when value.TryGetInt64(out _) => "number",
        _ => value.ValueKind.ToString().ToLowerInvariant(),
    };
}
