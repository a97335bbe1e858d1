using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PerfDash.Tests.Reference;

/// <summary>
/// Every route of the API's own description with every parameter, body and method it may be asked with by mistake or in bad faith: the
/// response says what is wrong, and the server never fails. A new route is covered by being described.
/// </summary>
public sealed class OddRequestTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static readonly string[] OddTexts =
    [
        "", "%20", "%00", "a%00b", "%ED%A0%80", "%FF", "-1", "1.5", "9223372036854775807", "9223372036854775808", "1e400", "NaN", "now-99999w", "0001-01-01",
        "9999-12-31T23:59:59.9999999Z", "%27%20OR%201=1--", "%5C", "1,2,3,,", new string('x', 5000),
    ];

    // By hand, because .NET would write a lone surrogate as U+FFFD.
    private static readonly string[] OddValues =
    [
        "null", "true", "-1", "0", "1.5", "1e400", "9223372036854775808", new string('9', 400), "\"\"", "\" \"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00x\"",
        "\"x\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.9999999Z\"", "[]", "[[]]", "{}", "{\"a\": \"\\ud800\"}", "{\"\\ud800\": 1}", "{\"\\u0000\": 1}", "[null]", "[1, \"a\", {}]",
    ];

    private static readonly string[] OddBodies =
    [
        "", " ", "null", "true", "1", "\"text\"", "[]", "[null]", "[[]]", "{", "{}", "{\"a\"}", "\"\\ud800\"", "{\"\\ud800\": \"\\udc00\"}", "\0", "\ufeff{}", new string('[', 5000),
        "{\"a\":" + string.Concat(Enumerable.Repeat("[", 500)) + string.Concat(Enumerable.Repeat("]", 500)) + "}", "{\"a\": 1, \"a\": 2}", "<xml/>", "a=b",
    ];

    private readonly ConcurrentQueue<string> _faults = [];

    private static ParallelOptions AtOnce => new() { MaxDegreeOfParallelism = 4, CancellationToken = Cancel };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
        await app.Database.AddJobsAsync(FarmRows.MakeUp(seed: 11, jobs: 60, DateTime.UtcNow.AddDays(-20), days: 20));
        await app.Database.ExecuteAsync(
            """
            INSERT INTO performance_alert_thresholds (metric_name, scope_type, warning_threshold, critical_threshold) VALUES ('vram_peak_mb', 'global', 1, 2);
            INSERT INTO alert_window_rules (kind, scope_type, window_minutes, warning_threshold, critical_threshold) VALUES ('silence', 'global', 10, 100, 1000)
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task No_parameter_makes_the_server_fail()
    {
        await Parallel.ForEachAsync(await RoutesAsync(), AtOnce, async (route, _) =>
        {
            if (route.Method == HttpMethod.Get)
                await SendAsync(HttpMethod.Head, route.Address(), null);
            foreach (var odd in OddTexts)
            {
                foreach (var name in route.Parameters)
                    await SendAsync(route.Method, route.Address((name, odd)), route.Body);
            }
        });

        Assert.Equal("", string.Join('\n', _faults));
    }

    [Fact]
    public async Task A_parameter_given_twice_is_named()
    {
        foreach (var route in (await RoutesAsync()).Where(r => r.Method == HttpMethod.Get))
        {
            foreach (var name in route.Query.Where(name => name is not ("workers" or "workflows")))
            {
                var (status, text) = await SendAsync(route.Method, route.Address((name, $"1&{name}=1")), null);
                if (status != HttpStatusCode.BadRequest || !text.Contains($"\"{name}\"", StringComparison.Ordinal))
                    _faults.Enqueue($"{route}: {name} given twice is {status}");
            }
        }

        Assert.Equal("", string.Join('\n', _faults));
    }

    [Fact]
    public async Task No_body_makes_the_server_fail()
    {
        await Parallel.ForEachAsync((await RoutesAsync()).Where(r => r.Body is not null), AtOnce, async (route, _) =>
        {
            foreach (var body in OddBodies)
                await SendAsync(route.Method, route.Address(), body);
            var example = JsonNode.Parse(route.Body!)!.AsObject();
            foreach (var (field, _) in example)
            {
                foreach (var odd in OddValues)
                    await SendAsync(route.Method, route.Address(), With(example, field, odd));
            }
        });

        Assert.Equal("", string.Join('\n', _faults));
    }

    [Fact]
    public async Task A_body_of_another_content_type_is_415_and_an_unknown_method_405()
    {
        var routes = await RoutesAsync();
        foreach (var path in routes.GroupBy(r => r.Address().Split('?')[0], StringComparer.Ordinal))
        {
            foreach (var route in path.Where(r => r.Body is not null))
            {
                foreach (var type in (string[])["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"])
                {
                    if ((await SendAsync(route.Method, route.Address(), route.Body, type)).Status is var status and not HttpStatusCode.UnsupportedMediaType)
                        _faults.Enqueue($"{route} as {type} is {status}");
                }
            }

            // /thresholds/backtest is an id to /thresholds/{id}, if one that does not exist.
            string[] allowed = [.. routes.Where(r => r.Covers(path.Key)).Select(r => r.Method.Method).Distinct().SelectMany(m => m == "GET" ? (string[])["GET", "HEAD"] : [m]).Order(StringComparer.Ordinal)];
            foreach (var method in (string[])["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X-ODD"])
            {
                if (allowed.Contains(method))
                    continue;
                using var request = Request(new HttpMethod(method), path.Key, null);
                using var answer = await app.Client.SendAsync(request, Cancel);
                string[] named = [.. answer.Content.Headers.Allow.Order(StringComparer.Ordinal)];
                if (answer.StatusCode != HttpStatusCode.MethodNotAllowed || !named.SequenceEqual(allowed))
                    _faults.Enqueue($"{method} {path.Key} is {answer.StatusCode}, Allow {string.Join(", ", named)}");
            }
        }

        Assert.Equal("", string.Join('\n', _faults));
    }

    [Theory]
    [InlineData("Accept", "text/csv;q=zzz, */*;q=9, ;;;")]
    [InlineData("If-None-Match", "\"\\\"unfinished, W/, *")]
    [InlineData("If-Match", "\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"")]
    [InlineData("Range", "bytes=9-1,x")]
    [InlineData("Cookie", "perfdash=%00; =;;")]
    [InlineData("Origin", "null")]
    [InlineData("X-Forwarded-For", "not an address")]
    [InlineData("Accept-Encoding", "zip;q=-1")]
    [InlineData("X-Odd", null)]
    public async Task No_header_makes_the_server_fail(string header, string? value)
    {
        foreach (var route in (await RoutesAsync()).Where(r => r.Method == HttpMethod.Get))
            await SendAsync(route.Method, route.Address(), null, headers: (header, value ?? new string('x', 40_000)));

        Assert.Equal("", string.Join('\n', _faults));
    }

    private static string With(JsonObject example, string field, string odd) => "{" + string.Join(", ", example.Select(p =>
        $"{JsonSerializer.Serialize(p.Key)}: {(p.Key == field ? odd : p.Value?.ToJsonString() ?? "null")}")) + "}";

    private static HttpRequestMessage Request(HttpMethod method, string address, string? body, string type = "application/json")
    {
        // Uri would tidy some of these up.
        var request = new HttpRequestMessage(method, new Uri(address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        }

        return request;
    }

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(
        HttpMethod method, string address, string? body, string type = "application/json", (string Name, string Value)? headers = null)
    {
        using var request = Request(method, address, body, type);
        if (headers is { } header)
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var answer = await app.Client.SendAsync(request, Cancel);
        // So many at once may be more than a key may ask in a second; what was refused for that has not been tried.
        if (answer.StatusCode == HttpStatusCode.TooManyRequests)
        {
            await Task.Delay(answer.Headers.RetryAfter!.Delta!.Value, Cancel);
            return await SendAsync(method, address, body, type, headers);
        }

        var text = await answer.Content.ReadAsStringAsync(Cancel);
        var shown = $"{method} {address[app.Address.Length..][..Math.Min(150, address.Length - app.Address.Length)]} {body?[..Math.Min(200, body.Length)]}";
        if ((int)answer.StatusCode >= 500)
            _faults.Enqueue($"{shown} is {answer.StatusCode}: {text[..Math.Min(200, text.Length)]}");
        return (answer.StatusCode, text);
    }

    private async Task<List<Route>> RoutesAsync()
    {
        var document = JsonNode.Parse(await app.Client.GetStringAsync("/openapi/v1.json", Cancel))!;
        return
        [
            .. from path in document["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               select Route.From(app.Address, document, path.Key, operation.Key, operation.Value!),
        ];
    }

    /// <summary>An operation with a value for each parameter that makes its handler do its work.</summary>
    private sealed record Route(HttpMethod Method, string Root, string Path, IReadOnlyDictionary<string, string> InPath, IReadOnlyDictionary<string, string> InQuery, IReadOnlyList<string> Query, string? Body)
    {
        public IEnumerable<string> Parameters => InPath.Keys.Concat(Query);

        public static Route From(string root, JsonNode document, string path, string method, JsonNode operation)
        {
            var parameters = operation["parameters"]?.AsArray().ToList() ?? [];
            var body = operation["requestBody"]?["content"]?["application/json"];
            return new Route(
                HttpMethod.Parse(method.ToUpperInvariant()),
                root,
                path,
                parameters.Where(p => In(p!) == "path").ToDictionary(Name!, Value!),
                parameters.Where(p => In(p!) == "query" && p!["required"]?.GetValue<bool>() is true).ToDictionary(Name!, Value!),
                [.. parameters.Where(p => In(p!) == "query").Select(p => Name(p!))],
                body is null ? null : (body["example"] ?? Made(document, body["schema"]!))!.ToJsonString());
        }

        /// <summary>True where an address without query is one of this route.</summary>
        public bool Covers(string address) => Regex.IsMatch(address, $"^{Regex.Escape(Root)}{Regex.Replace(Path, @"\{[^}]*\}", "[^/]+")}$");

        /// <summary>The address with one parameter as given (escaped already), the others as the handler likes them.</summary>
        public string Address(params (string Name, string Value)[] odd)
        {
            var query = InQuery.Where(q => odd.All(o => o.Name != q.Key)).Select(q => $"{q.Key}={q.Value}").Concat(odd.Where(o => !InPath.ContainsKey(o.Name)).Select(o => $"{o.Name}={o.Value}"));
            var path = InPath.Aggregate(Path, (p, named) => p.Replace($"{{{named.Key}}}", odd.FirstOrDefault(o => o.Name == named.Key).Value ?? named.Value, StringComparison.Ordinal));
            var text = string.Join('&', query);
            return Root + path + (text.Length == 0 ? "" : "?" + text);
        }

        public override string ToString() => $"{Method} {Path}";

        private static string In(JsonNode parameter) => parameter["in"]!.GetValue<string>();

        private static string Name(JsonNode parameter) => parameter["name"]!.GetValue<string>();

        private static string Value(JsonNode parameter) =>
            Uri.EscapeDataString((parameter["schema"]?["examples"]?[0] ?? parameter["schema"]?["enum"]?[0] ?? "1").ToString());

        /// <summary>An object with all properties of a schema, for a body the description has no example of.</summary>
        private static JsonObject Made(JsonNode document, JsonNode schema)
        {
            if (schema["$ref"]?.GetValue<string>() is { } reference)
                schema = document["components"]!["schemas"]![reference.Split('/')[^1]]!;
            return new JsonObject((schema["properties"]?.AsObject() ?? []).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)JsonValue.Create("1"))));
        }
    }
}
