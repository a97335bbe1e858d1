using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PerfDash.Tests.Collection;
using static PerfDash.Tests.Alerts.AlertRows;

namespace PerfDash.Tests.Alerts;

/// <summary>Thresholds over HTTP.</summary>
public sealed class ThresholdApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private const string Route = "/performance/alerts/thresholds";

    public async ValueTask InitializeAsync() => await app.Database.StartOverAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Standard_crud_for_alert_thresholds()
    {
        using var made = await PostAsync("""{"metric_name": "time_per_frame_ms", "scope_type": "global", "warning_threshold": 800.5, "critical_threshold": 1000}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var item = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var address = $"{Route}/{item.GetProperty("id")}";
        Assert.Equal(address, made.Headers.Location!.ToString());
        Assert.Equal(
            """{"metric_name":"time_per_frame_ms","scope_type":"global","scope_id":null,"warning_threshold":800.5,"critical_threshold":1000,"clear_threshold":null,"enabled":true,"direction":"above","for_jobs":1,"note":null,"muted_until":null}""",
            Without(item, "id", "created_at", "updated_at"));
        Assert.Equal(item.ToString(), (await GetAsync(address)).ToString());
        Assert.Equal(item.ToString(), Assert.Single((await GetAsync(Route)).GetProperty("items").EnumerateArray()).ToString());

        using var put = await SendAsync(HttpMethod.Put, address, """
            {"metric_name": "quality.likeness", "scope_type": "workflow", "scope_id": 2, "warning_threshold": 0.8, "critical_threshold": 0.6,
             "direction": "below", "for_jobs": 3, "clear_threshold": 0.85, "enabled": false, "note": "Look at the seed."}
            """);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        var changed = await GetAsync(address);
        Assert.Equal(
            """{"metric_name":"quality.likeness","scope_type":"workflow","scope_id":2,"warning_threshold":0.8,"critical_threshold":0.6,"clear_threshold":0.85,"enabled":false,"direction":"below","for_jobs":3,"note":"Look at the seed.","muted_until":null}""",
            Without(changed, "id", "created_at", "updated_at"));
        Assert.NotEqual(item.GetProperty("updated_at").GetString(), changed.GetProperty("updated_at").GetString());

        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(HttpMethod.Delete, address));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, address));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Delete, address));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Put, address, Valid()));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, $"{Route}/nonsense"));
        Assert.Equal("created updated deleted", string.Join(' ', (await GetAsync("/performance/alerts/audit")).GetProperty("items").EnumerateArray().Reverse().Select(a => a.GetProperty("action"))));
    }

    [Theory]
    [InlineData("above", 100, 100)]
    [InlineData("above", 100, 99)]
    [InlineData("below", 0.5, 0.5)]
    [InlineData("below", 0.5, 0.6)]
    [InlineData("above", 0.8, 0.80000001)]
    public async Task The_critical_threshold_must_exceed_the_warning_threshold(string direction, double warning, double critical) =>
        await RefusedAsync(Valid(direction: $"\"{direction}\"", warning: Text(warning), critical: Text(critical)), "critical_threshold");

    [Theory]
    [InlineData("workflow", "99")]
    [InlineData("worker", "99")]
    [InlineData("workflow", "null")]
    [InlineData("worker", "null")]
    [InlineData("global", "1")]
    public async Task The_scope_id_must_reference_a_valid_workflow_or_worker(string scope, string id) =>
        await RefusedAsync(Valid(scope: $"\"{scope}\"", scopeId: id), "scope_id");

    [Theory]
    [InlineData("metric_name", "\"frames\"")]
    [InlineData("metric_name", "\"quality.\"")]
    [InlineData("metric_name", "null")]
    [InlineData("metric_name", "7")]
    [InlineData("scope_type", "\"project\"")]
    [InlineData("scope_type", "null")]
    [InlineData("scope_type", "[]")]
    [InlineData("scope_id", "\"1\"")]
    [InlineData("scope_id", "1.5")]
    [InlineData("direction", "\"sideways\"")]
    [InlineData("direction", "null")]
    [InlineData("warning_threshold", "\"100\"")]
    [InlineData("warning_threshold", "null")]
    [InlineData("warning_threshold", "1e39")]
    [InlineData("critical_threshold", "null")]
    [InlineData("critical_threshold", "true")]
    [InlineData("critical_threshold", "1e400")]
    [InlineData("warning_threshold", "-1")]
    [InlineData("clear_threshold", "-5")]
    [InlineData("clear_threshold", "101")]
    [InlineData("clear_threshold", "\"x\"")]
    [InlineData("for_jobs", "0")]
    [InlineData("for_jobs", "1001")]
    [InlineData("for_jobs", "-1")]
    [InlineData("for_jobs", "1.5")]
    [InlineData("for_jobs", "\"3\"")]
    [InlineData("for_jobs", "null")]
    [InlineData("for_jobs", "99999999999999999999")]
    [InlineData("enabled", "\"yes\"")]
    [InlineData("enabled", "null")]
    [InlineData("note", "5")]
    [InlineData("muted_until", "\"tomorrow\"")]
    public async Task Anything_else_is_refused_with_the_field_named(string field, string value)
    {
        var body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(Valid())!;
        body[field] = JsonElement.Parse(value);
        await RefusedAsync(JsonSerializer.Serialize(body), field);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    public async Task A_body_that_is_no_json_object_is_refused(string body) => await RefusedAsync(body, "body");

    [Fact]
    public async Task What_is_missing_is_named_all_at_once()
    {
        using var answer = await PostAsync("{}");
        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors");
        Assert.Equal("critical_threshold metric_name scope_type warning_threshold", string.Join(' ', errors.EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task An_edit_of_what_somebody_else_changed_is_refused_where_the_client_says_what_it_read()
    {
        using var made = await PostAsync(Valid());
        var (address, version) = (made.Headers.Location!.ToString(), made.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Put, address, Valid(warning: "90"), version));

        Assert.Equal(HttpStatusCode.PreconditionFailed, await StatusAsync(HttpMethod.Put, address, Valid(warning: "80"), version));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await StatusAsync(HttpMethod.Delete, address, null, version));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await StatusAsync(HttpMethod.Put, address, Valid(), "\"nonsense\""));

        Assert.Equal(90, (await GetAsync(address)).GetProperty("warning_threshold").GetDouble());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Put, address, Valid(warning: "80")));
    }

    [Fact]
    public async Task Enabled_is_toggled_alone()
    {
        using var made = await PostAsync(Valid());
        var address = made.Headers.Location!.ToString();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Patch, address, """{"enabled": false}"""));

        var item = await GetAsync(address);
        Assert.Equal((false, 100), (item.GetProperty("enabled").GetBoolean(), item.GetProperty("warning_threshold").GetInt32()));
    }

    [Fact]
    public async Task A_mute_of_one_threshold_survives_a_replacement_and_is_ended_with_null()
    {
        using var made = await PostAsync(Valid());
        var address = made.Headers.Location!.ToString();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Post, $"{address}/mute", """{"until": "2999-01-01T00:00:00Z"}"""));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Put, address, Valid(warning: "90")));
        Assert.Equal("2999-01-01T00:00:00Z", (await GetAsync(address)).GetProperty("muted_until").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(HttpMethod.Post, $"{address}/mute", """{"until": "2000-01-01T00:00:00Z"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(HttpMethod.Post, $"{address}/mute", "{}"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Post, $"{address}/mute", """{"until": null}"""));
        Assert.Equal(JsonValueKind.Null, (await GetAsync(address)).GetProperty("muted_until").ValueKind);
    }

    [Fact]
    public async Task A_threshold_made_over_http_evaluates_the_next_job()
    {
        using var made = await PostAsync(Valid());
        await app.Database.AddJobAsync(1, 150);

        await Eventually.EqualAsync(1, () => app.Database.CountAsync("alert_incidents WHERE state = 'open'"));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(HttpMethod.Delete, made.Headers.Location!.ToString()));
        Assert.Equal(1, await app.Database.CountAsync("alert_incidents WHERE state = 'resolved'"));
    }

    [Fact]
    public async Task Without_a_key_nothing_is_shown()
    {
        using var client = new HttpClient { BaseAddress = new Uri(app.Address) };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri(Route, UriKind.Relative), Cancel)).StatusCode);
    }

    private static string Valid(
        string metric = "\"time_per_frame_ms\"", string scope = "\"global\"", string scopeId = "null", string warning = "100", string critical = "200", string direction = "\"above\"") =>
        $$"""{"metric_name": {{metric}}, "scope_type": {{scope}}, "scope_id": {{scopeId}}, "warning_threshold": {{warning}}, "critical_threshold": {{critical}}, "direction": {{direction}}}""";

    private static string Text(double value) => JsonSerializer.Serialize(value);

    private static string Without(JsonElement item, params string[] fields) =>
        JsonSerializer.Serialize(item.EnumerateObject().Where(p => !fields.Contains(p.Name)).ToDictionary(p => p.Name, p => p.Value));

    private async Task RefusedAsync(string body, string field)
    {
        using var answer = await PostAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors");
        Assert.Equal(field, Assert.Single(errors.EnumerateObject()).Name);
        Assert.Equal(0, await app.Database.CountAsync("performance_alert_thresholds"));
    }

    private Task<HttpResponseMessage> PostAsync(string body) => SendAsync(HttpMethod.Post, Route, body);

    private async Task<JsonElement> GetAsync(string address) => await app.Client.GetFromJsonAsync<JsonElement>(address, Cancel);

    private async Task<HttpStatusCode> StatusAsync(HttpMethod method, string address, string? body = null, string? ifMatch = null)
    {
        using var answer = await SendAsync(method, address, body, ifMatch);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await app.Client.SendAsync(request, Cancel);
    }
}
