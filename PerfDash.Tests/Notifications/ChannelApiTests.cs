using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace PerfDash.Tests.Notifications;

/// <summary>Channels and deliveries over HTTP, on the whole program with a configured webhook.</summary>
public sealed class ChannelApiTests(PostgresServer server) : IAsyncLifetime
{
    private const string ConfiguredSecret = "configured-secret-0815";
    private const string TypedSecret = "typed-secret-4711";

    private readonly TestDatabase _database = new(server);
    private readonly StringWriter _console = new();
    private TextWriter _before = TextWriter.Null;
    private Receiver _receiver = null!;
    private Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<Program>? _app;
    private HttpClient _client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        await StoredAlerts.AddRuleAsync(_database);
        _receiver = await Receiver.StartAsync();
        _before = Console.Out;
        Console.SetOut(TextWriter.Synchronized(_console));
        _app = Start(("PerfDash:Notifications:Webhooks:0:Url", _receiver.Url + "/configured-path"), ("PerfDash:Notifications:Webhooks:0:Secret", ConfiguredSecret));
        _client = ClientOf(_app);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        Console.SetOut(_before);
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_stored_change_reaches_the_configured_webhook_at_once_and_secrets_are_nowhere_to_be_read()
    {
        var made = await _client.PostAsJsonAsync("/performance/alerts/channels", new { kind = "webhook", name = "Typed", url = _receiver.Url + "/typed-path-token", secret = TypedSecret }, Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var channel = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal($"/performance/alerts/channels/{channel.GetProperty("id")}", made.Headers.Location?.ToString());
        Assert.Equal($"127.0.0.1:{_receiver.Port}", channel.GetProperty("target").GetString());

        await new StoredAlerts(_database, _app!.Services).OpenAsync();

        // Only NOTIFY wakes the sender: nothing was signalled in this process.
        await Eventually.EqualAsync(2, () => Task.FromResult(_receiver.Requests.Count));
        await Eventually.EqualAsync(3L, () => _database.ScalarAsync<long>("SELECT count(*) FROM notification_deliveries WHERE state = 'delivered'"));
        Assert.All(_receiver.Requests, r => Assert.StartsWith("sha256=", r.Headers["X-PerfDash-Signature"], StringComparison.Ordinal));
        _receiver.Answer = Receiver.Status(500);
        var test = await (await _client.PostAsync($"/performance/alerts/channels/{channel.GetProperty("id")}/test", null, Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal((false, "The receiver answered 500 Internal Server Error"), (test.GetProperty("delivered").GetBoolean(), test.GetProperty("error").GetString()));
        Assert.Equal("alert.test", _receiver.Requests.Last().Event);
        Assert.Equal(HttpStatusCode.OK, (await _client.PutAsJsonAsync($"/performance/alerts/channels/{channel.GetProperty("id")}", new { name = "Renamed", minimum_severity = "critical" }, Cancel)).StatusCode);

        var answers = string.Concat(
            await _client.GetStringAsync("/performance/alerts/channels", Cancel),
            await _client.GetStringAsync("/performance/alerts/deliveries", Cancel),
            await _client.GetStringAsync($"/performance/alerts/channels/{channel.GetProperty("id")}", Cancel),
            _console.ToString(),
            await _database.ScalarAsync<string>("SELECT string_agg(c::text, '') FROM notification_channels AS c"),
            await _database.ScalarAsync<string>("SELECT string_agg(d::text, '') FROM notification_deliveries AS d"),
            await _database.ScalarAsync<string>("SELECT string_agg(a::text, '') FROM alert_audit AS a"));
        Assert.Contains("Renamed", answers, StringComparison.Ordinal);
        Assert.All([ConfiguredSecret, TypedSecret, "typed-path-token", "configured-path"], secret => Assert.DoesNotContain(secret, answers, StringComparison.Ordinal));
        Assert.Equal("created,updated", await _database.ScalarAsync<string>("SELECT string_agg(action, ',' ORDER BY id) FROM alert_audit WHERE rule_type = 'channel' AND actor <> ''"));

        // The settings that were not sent again are still there.
        _receiver.Answer = Receiver.Status(200);
        test = await (await _client.PostAsync($"/performance/alerts/channels/{channel.GetProperty("id")}/test", null, Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(test.GetProperty("delivered").GetBoolean());
        Assert.Equal("/hook/typed-path-token", _receiver.Requests.Last().Path);
        Assert.Contains("X-PerfDash-Signature", _receiver.Requests.Last().Headers.Keys);
    }

    [Fact]
    public async Task What_comes_from_the_configuration_is_changed_there_and_switched_off_when_it_is_gone()
    {
        var configured = await _database.ScalarAsync<long>("SELECT id FROM notification_channels WHERE kind = 'webhook'");
        Assert.Equal(HttpStatusCode.Conflict, (await _client.PutAsJsonAsync($"/performance/alerts/channels/{configured}", new { enabled = false }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await _client.DeleteAsync($"/performance/alerts/channels/{configured}", Cancel)).StatusCode);
        var inApp = await _database.ScalarAsync<long>("SELECT id FROM notification_channels WHERE kind = 'in_app'");
        Assert.Equal(HttpStatusCode.OK, (await _client.PutAsJsonAsync($"/performance/alerts/channels/{inApp}", new { minimum_severity = "critical" }, Cancel)).StatusCode);

        await using (Start())
            Assert.False(await _database.ScalarAsync<bool>("SELECT enabled FROM notification_channels WHERE kind = 'webhook'"));
        await using (Start(("PerfDash:Notifications:Webhooks:0:Url", "https://example.com/x"), ("PerfDash:Notifications:Webhooks:0:Name", "Bridge")))
            Assert.Equal("true Bridge example.com", await _database.ScalarAsync<string>("SELECT enabled || ' ' || name || ' ' || target FROM notification_channels WHERE kind = 'webhook'"));
        Assert.Equal("critical", await _database.ScalarAsync<string>("SELECT minimum_severity FROM notification_channels WHERE kind = 'in_app'"));
    }

    [Theory]
    [InlineData("""{"kind": "pigeon", "name": "x", "url": "https://example.com/"}""", "kind")]
    [InlineData("""{"kind": "webhook", "name": " ", "url": "https://example.com/"}""", "name")]
    [InlineData("""{"kind": "webhook", "name": "x"}""", "url")]
    [InlineData("""{"kind": "webhook", "name": "x", "url": "ftp://example.com/"}""", "url")]
    [InlineData("""{"kind": "webhook", "name": "x", "url": 7}""", "url")]
    [InlineData("""{"kind": "slack", "name": "x", "url": "https://example.com/", "secret": "s"}""", "secret")]
    [InlineData("""{"kind": "webhook", "name": "x", "url": "https://example.com/", "minimum_severity": "loud"}""", "minimum_severity")]
    [InlineData("""{"kind": "email", "name": "x", "recipients": ["a@example.com"]}""", "kind")]
    [InlineData("[]", "body")]
    [InlineData("no", "body")]
    public async Task What_cannot_be_a_channel_is_400_with_the_field_named(string body, string field)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await _client.PostAsync("/performance/alerts/channels", content, Cancel);

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(field, Assert.Single((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateObject()).Name);
    }

    [Fact]
    public async Task Deliveries_are_filtered_and_paged_and_unknown_ids_are_404()
    {
        var alerts = new StoredAlerts(_database, _app!.Services);
        var first = await alerts.OpenAsync();
        for (var i = 2; i <= 5; i++)
            await alerts.OpenAsync(subject: i);

        var page = await GetAsync("/performance/alerts/deliveries?limit=7");
        var rest = await GetAsync($"/performance/alerts/deliveries?limit=7&cursor={page.GetProperty("next_cursor").GetString()}");
        long[] ids = [.. page.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray()).Select(d => d.GetProperty("id").GetInt64())];
        Assert.Equal(10, ids.Distinct().Count());
        Assert.Equal(ids.OrderDescending(), ids);
        Assert.Equal(2, (await GetAsync($"/performance/alerts/deliveries?incident_id={first}")).GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await GetAsync("/performance/alerts/deliveries?state=failed")).GetProperty("items").GetArrayLength());
        foreach (var bad in (string[])["state=lost", "channel_id=x", "incident_id=1.5", "limit=0", "limit=1001", "cursor=z"])
            Assert.Equal(HttpStatusCode.BadRequest, (await _client.GetAsync($"/performance/alerts/deliveries?{bad}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.PostAsync("/performance/alerts/deliveries/999999/retry", null, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.PostAsync("/performance/alerts/channels/999999/test", null, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.DeleteAsync("/performance/alerts/channels/999999", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Every_scheduled_job_is_shown_with_its_latest_run()
    {
        await Eventually.ThatAsync(
            async () => (await GetAsync("/performance/collection/jobs")).GetProperty("items").EnumerateArray().All(j => j.GetProperty("last_run_at").ValueKind == JsonValueKind.String),
            "each ran once");

        var jobs = (await GetAsync("/performance/collection/jobs")).GetProperty("items").EnumerateArray().ToList();
        Assert.Superset(new HashSet<string?>(["delivery", "partitions", "retention", "sweep"]), jobs.Select(j => j.GetProperty("name").GetString()).ToHashSet());
        Assert.All(jobs, j =>
        {
            Assert.Equal(JsonValueKind.Null, j.GetProperty("last_error").ValueKind);
            Assert.True(j.GetProperty("duration_ms").GetDouble() >= 0);
            Assert.True(j.GetProperty("next_run_at").GetDateTime() > j.GetProperty("last_run_at").GetDateTime());
        });
    }

    [Theory]
    [InlineData("PerfDash:Notifications:Webhooks:0:Url", "nowhere", "PerfDash:Notifications:Webhooks:0:Url")]
    [InlineData("PerfDash:Notifications:SendTimeout", "00:10:00", "PerfDash:Notifications:SendTimeout")]
    [InlineData("PerfDash:Notifications:PublicUrl", "here", "PerfDash:Notifications:PublicUrl")]
    [InlineData("PerfDash:Notifications:Smtp:Host", "localhost", "PerfDash:Notifications:Smtp:From")]
    [InlineData("PerfDash:Retention:KeepMetricsFor", "89.23:59:59", "PerfDash:Retention:KeepMetricsFor")]
    public async Task A_setting_that_cannot_work_stops_the_start_and_is_named(string key, string value, string named)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        await using var services = TestDatabase.ServicesOver(_database.ConnectionString, more => more.AddSingleton<IConfiguration>(configuration));

        var refused = Assert.ThrowsAny<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    private Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<Program> Start(params (string, string)[] settings) => PerfDashApp.Start(
        _database.ConnectionString,
        [("PerfDash:Notifications:AllowPrivateNetworks", "true"), ("Serilog:MinimumLevel:Default", "Verbose"), ("Serilog:MinimumLevel:Override:Microsoft", "Information"), .. settings]);

    private static HttpClient ClientOf(Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<Program> app)
    {
        var client = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(app)) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", PerfDashApp.ApiKey);
        return client;
    }

    private async Task<JsonElement> GetAsync(string path) => await _client.GetFromJsonAsync<JsonElement>(path, Cancel);
}
