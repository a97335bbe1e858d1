using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Access;

public sealed class KeyTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_shown_once_works_until_it_is_revoked_and_says_when_it_was_used()
    {
        using var made = await app.Client.PostAsJsonAsync("/access/keys", new { name = "render farm", role = "viewer" }, Cancel);
        var key = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var (id, secret) = (key.GetProperty("id").GetInt64(), key.GetProperty("key").GetString()!);
        using var client = PerfDashApp.Browser(app.Address);
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {secret}");

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.StartsWith(key.GetProperty("prefix").GetString()!, secret, StringComparison.Ordinal);
        var before = await ItemAsync(id);
        Assert.Equal(["id", "name", "role", "prefix", "created_at", "created_by", "expires_at", "last_used_at", "revoked_at"], before.EnumerateObject().Select(p => p.Name));
        Assert.Equal(JsonValueKind.Null, before.GetProperty("last_used_at").ValueKind);
        Assert.Equal("automation", before.GetProperty("created_by").GetString());
        Assert.Contains("{\"name\":\"render farm\",\"role\":\"viewer\",\"kind\":\"key\"}", await client.GetStringAsync("/access/me", Cancel), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, (await ItemAsync(id)).GetProperty("last_used_at").ValueKind);

        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"/access/keys/{id}", Cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/access/me", Cancel)).StatusCode);
        Assert.Equal(JsonValueKind.String, (await ItemAsync(id)).GetProperty("revoked_at").ValueKind);
        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"/access/keys/{id}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.DeleteAsync("/access/keys/999999", Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_key_that_has_expired_is_refused()
    {
        using var client = await ClientOfNewAsync(app.Address, "short", DateTimeOffset.UtcNow.AddSeconds(2));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/access/me", Cancel)).StatusCode);

        await Eventually.EqualAsync(HttpStatusCode.Unauthorized, async () => (await client.GetAsync("/access/me", Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_key_revoked_on_one_instance_is_refused_by_the_others_from_then_on()
    {
        await using var other = PerfDashApp.Start(app.Database.ConnectionString);
        using var client = await ClientOfNewAsync(PerfDashApp.AddressOf(other), "shared", null);
        var id = await app.Database.ScalarAsync<long>("SELECT id FROM api_keys WHERE name = 'shared'");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        // Busy with it all the time, so that the other instance has always just asked.
        var use = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                    (await client.GetAsync("/access/me", Cancel)).Dispose();
            },
            Cancel);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/access/me", Cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"/access/keys/{id}", Cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/access/me", Cancel)).StatusCode);
        await stop.CancelAsync();
        await use;
    }

    [Theory]
    [InlineData("{\"name\":\"\",\"role\":\"viewer\"}", "name")]
    [InlineData("{\"role\":\"viewer\"}", "name")]
    [InlineData("{\"name\":\"x\"}", "role")]
    [InlineData("{\"name\":\"x\",\"role\":\"root\"}", "role")]
    [InlineData("{\"name\":\"x\",\"role\":\"viewer\",\"expires_at\":\"2020-01-01T00:00:00Z\"}", "expires_at")]
    [InlineData("{\"name\":\"x\",\"role\":\"viewer\",\"expires_at\":\"soon\"}", "expires_at")]
    [InlineData("{\"name\":\"x\",\"role\":\"viewer\",\"colour\":\"red\"}", "colour")]
    public async Task A_key_that_cannot_be_is_refused_with_the_field_named(string body, string field)
    {
        using var response = await app.Client.PostAsync("/access/keys", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(field, Assert.Single((await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateObject()).Name);
    }

    [Fact]
    public async Task The_trail_says_who_signed_in_failed_changed_and_retried_newest_first()
    {
        using var editor = await app.SignedInAsync("trail", "editor");
        using var key = await app.WithKeyAsync("editor", "trail key");
        using var threshold = await editor.PostAsJsonAsync("/performance/alerts/thresholds", new { metric_name = "vram_peak_mb", scope_type = "global", warning_threshold = 1, critical_threshold = 2 }, Cancel);
        using var deleted = await key.DeleteAsync(threshold.Headers.Location, Cancel);
        using var wrong = await editor.PostAsJsonAsync("/access/sign-in", new { name = "trail", password = "not the password" }, Cancel);
        using var signedOut = await editor.PostAsync("/sign-out", null, Cancel);

        var page = JsonDocument.Parse(await app.Client.GetStringAsync("/access/audit?limit=7", Cancel)).RootElement;
        var lines = page.GetProperty("items").EnumerateArray()
            .Select(i => $"{i.GetProperty("actor_kind").GetString()} {i.GetProperty("actor").GetString()} {i.GetProperty("action").GetString()} {i.GetProperty("address").GetString()}").ToList();

        Assert.Equal(
            [
                "account trail sign_out 127.0.0.1",
                "anonymous anonymous sign_in_failed 127.0.0.1",
                "key trail key threshold_deleted 127.0.0.1",
                "account trail threshold_created 127.0.0.1",
                "bootstrap automation key_created 127.0.0.1",
                "account trail sign_in 127.0.0.1",
                "bootstrap automation account_created 127.0.0.1",
            ],
            lines);
        var next = JsonDocument.Parse(await app.Client.GetStringAsync($"/access/audit?limit=7&cursor={page.GetProperty("next_cursor").GetString()}", Cancel)).RootElement;
        Assert.DoesNotContain("threshold_created", next.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(["at", "actor", "actor_kind", "address", "action", "target", "detail"], page.GetProperty("items")[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync("/access/audit?cursor=nonsense", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync("/access/audit?from=now&to=now-1h", Cancel)).StatusCode);
        Assert.Empty(JsonDocument.Parse(await app.Client.GetStringAsync("/access/audit?from=2020-01-01&to=2020-02-01", Cancel)).RootElement.GetProperty("items").EnumerateArray());
    }

    /// <summary>A client with a new key of the role viewer.</summary>
    private async Task<HttpClient> ClientOfNewAsync(string address, string name, DateTimeOffset? expiresAt)
    {
        using var made = await app.Client.PostAsJsonAsync("/access/keys", new { name, role = "viewer", expires_at = expiresAt }, Cancel);
        var client = PerfDashApp.Browser(address);
        client.DefaultRequestHeaders.Add("X-Api-Key", (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("key").GetString());
        return client;
    }

    private async Task<JsonElement> ItemAsync(long id) =>
        JsonDocument.Parse(await app.Client.GetStringAsync("/access/keys", Cancel)).RootElement.GetProperty("items").EnumerateArray().Single(k => k.GetProperty("id").GetInt64() == id);
}
