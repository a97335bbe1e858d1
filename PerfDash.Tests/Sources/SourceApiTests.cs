using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PerfDash.Core.Sources;
using PerfDash.Tests.Collection;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources;

/// <summary><c>/sources</c>, sources of the configuration, several instances, and <c>./perfdash connect</c>.</summary>
public sealed class SourceApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.ExecuteAsync("DELETE FROM sources");
    }

    public async ValueTask DisposeAsync() => await app.Database.ExecuteAsync("DELETE FROM sources");

    [Fact]
    public async Task One_field_makes_a_source_with_a_worker_of_its_name()
    {
        await using var server = await FakeComfyUi.StartAsync(basePath: "/gpu-01");

        using var made = await app.Client.PostAsJsonAsync("/sources", new { url = server.Url + "/" }, Cancel);

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var source = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal($"/sources/{source.GetProperty("id").GetInt64()}", made.Headers.Location!.ToString());
        Assert.Equal(
            ["id", "name", "kind", "url", "enabled", "worker_id", "state", "version", "queue_running", "queue_pending", "last_prompt_at", "last_error", "node_times", "headers", "is_configured", "has_probe", "probe_every_hours"],
            source.EnumerateObject().Select(p => p.Name));
        Assert.Equal(new Uri(server.Url).Authority, source.GetProperty("name").GetString());
        Assert.EndsWith("/gpu-01/", source.GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal(source.GetProperty("name").GetString(), await app.Database.ScalarAsync<string>("SELECT name FROM workers WHERE id = @id", ("id", source.GetProperty("worker_id").GetInt64())));
        await app.ConnectedAsync(source.GetProperty("id").GetInt64());
        Assert.Contains(server.Requests, request => request.StartsWith("GET /gpu-01/queue", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_are_sent_to_the_server_and_shown_to_nobody()
    {
        await using var server = await FakeComfyUi.StartAsync(requiredHeaders: new Dictionary<string, string> { ["Authorization"] = "Bearer s3cret-value" });
        using var refused = await app.Client.PostAsJsonAsync("/sources", new { url = server.Url, name = "gpu-2" }, Cancel);
        var id = (await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt64();
        await Eventually.EqualAsync("refused", async () => (await app.SourceAsync(id)).GetProperty("state").GetString());

        using var changed = await app.Client.PutAsJsonAsync($"/sources/{id}", new { headers = new Dictionary<string, string> { ["Authorization"] = "Bearer s3cret-value" } }, Cancel);

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await app.ConnectedAsync(id);
        Assert.Equal("""["Authorization"]""", (await app.SourceAsync(id)).GetProperty("headers").GetRawText());
        Assert.DoesNotContain("s3cret-value", await app.Client.GetStringAsync("/sources", Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret-value", await app.Database.ScalarAsync<string>("SELECT string_agg(s::text, ',') || (SELECT string_agg(a::text, ',') FROM access_audit AS a) FROM sources AS s"), StringComparison.Ordinal);
        // A value of null keeps that one.
        using var renamed = await app.Client.PutAsJsonAsync($"/sources/{id}", new { name = "gpu-two", headers = new Dictionary<string, string?> { ["Authorization"] = null } }, Cancel);
        await app.ConnectedAsync(id);
        Assert.Equal("gpu-two", (await app.SourceAsync(id)).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_disabled_or_deleted_source_is_let_go_and_its_jobs_stay()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var id = await app.FollowAsync(server);
        await server.RunAsync(server.Queue(SourceFarm.Picture()), []);
        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));

        await app.Client.PutAsJsonAsync($"/sources/{id}", new { enabled = false }, Cancel);
        await Eventually.EqualAsync(0, () => Task.FromResult(server.OpenSockets));
        Assert.Equal("disabled", (await app.SourceAsync(id)).GetProperty("state").GetString());
        await app.Client.PutAsJsonAsync($"/sources/{id}", new { enabled = true }, Cancel);
        await app.ConnectedAsync(id);
        var waiting = server.Queue(SourceFarm.Picture());
        await app.Database.HasStatusAsync(id, waiting, "pending");
        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"/sources/{id}", Cancel)).StatusCode);

        await app.Database.HasStatusAsync(id, waiting, "failed");
        await Eventually.EqualAsync(0, () => Task.FromResult(server.OpenSockets));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/sources/{id}", Cancel)).StatusCode);
        Assert.Equal("""{"items":[]}""", await app.Client.GetStringAsync("/sources", Cancel));
        Assert.Equal(1L, await app.Database.CountAsync("performance_metrics"));
        // Connected again, its history is known.
        Assert.Equal(id, await app.FollowAsync(server));
        await server.RunAsync(waiting, []);
        await Eventually.EqualAsync(2L, () => app.Database.CountAsync("performance_metrics"));
        Assert.Equal(2L, await app.Database.CountAsync("jobs"));
        Assert.Equal("source_created,source_updated,source_updated,source_deleted,source_created", await app.Database.ScalarAsync<string>("SELECT string_agg(action, ',' ORDER BY id) FROM access_audit WHERE target = @name", ("name", new Uri(server.Url).Authority)));
    }

    [Theory]
    [InlineData("{}", "url")]
    [InlineData("""{"url": "ftp://gpu"}""", "url")]
    [InlineData("""{"url": "http://gpu:8188/#x"}""", "url")]
    [InlineData("""{"url": "http://gpu:8188", "kind": "swarmui"}""", "kind")]
    [InlineData("""{"url": "http://gpu:8188", "name": " "}""", "name")]
    [InlineData("""{"url": "http://gpu:8188", "worker_id": 999}""", "worker_id")]
    [InlineData("""{"url": "http://gpu:8188", "headers": {"Origin": "x"}}""", "headers")]
    [InlineData("""{"url": "http://gpu:8188", "certificate_sha256": "abc"}""", "certificate_sha256")]
    [InlineData("""{"url": "http://gpu:8188", "colour": "red"}""", "colour")]
    public async Task What_cannot_be_a_source_is_refused_with_the_field_named(string body, string field)
    {
        using var answer = await app.Client.PostAsync("/sources", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").TryGetProperty(field, out _));
        Assert.Equal(0L, await app.Database.CountAsync("workers"));
    }

    [Fact]
    public async Task The_same_address_twice_is_refused()
    {
        await using var server = await FakeComfyUi.StartAsync();
        await app.FollowAsync(server);

        using var again = await app.Client.PostAsJsonAsync("/sources", new { url = server.Url, name = "other" }, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
    }

    [Fact]
    public async Task A_test_tells_what_the_server_is_or_why_it_does_not_answer()
    {
        await using var server = await FakeComfyUi.StartAsync("0.3.64");
        var id = await app.FollowAsync(server);
        server.Queue(SourceFarm.Picture());
        var test = await TestAsync(id);
        Assert.Equal((true, "0.3.64", "NVIDIA GeForce RTX 4090", 1), (test.GetProperty("ok").GetBoolean(), test.GetProperty("version").GetString(), test.GetProperty("gpu_model").GetString(), test.GetProperty("queue_pending").GetInt32()));

        using var made = await app.Client.PostAsJsonAsync("/sources", new { url = "http://127.0.0.1:1", name = "nothing" }, Cancel);
        var nothing = await TestAsync((await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt64());

        Assert.False(nothing.GetProperty("ok").GetBoolean());
        Assert.False(string.IsNullOrEmpty(nothing.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task A_source_of_the_configuration_is_followed_and_changed_there_only()
    {
        await using var server = await FakeComfyUi.StartAsync(requiredHeaders: new Dictionary<string, string> { ["X-Token"] = "t" });
        await using (var configured = PerfDashApp.Start(app.Database.ConnectionString, ("PerfDash:Sources:0:Url", server.Url), ("PerfDash:Sources:0:Name", "from file"), ("PerfDash:Sources:0:Headers:X-Token", "t")))
        {
            // Whichever instance follows it: the other does not have its settings.
            await Eventually.EqualAsync(1L, () => app.Database.CountAsync("sources"));
            var id = await app.Database.ScalarAsync<long>("SELECT id FROM sources");
            Assert.Equal("from file", (await app.SourceAsync(id)).GetProperty("name").GetString());
            Assert.True((await app.SourceAsync(id)).GetProperty("is_configured").GetBoolean());
            Assert.Equal(HttpStatusCode.Conflict, (await app.Client.PutAsJsonAsync($"/sources/{id}", new { name = "x" }, Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.Conflict, (await app.Client.DeleteAsync($"/sources/{id}", Cancel)).StatusCode);
        }

        await using var without = PerfDashApp.Start(app.Database.ConnectionString);
        await Eventually.ThatAsync(() => app.Database.ScalarAsync<bool>("SELECT NOT enabled FROM sources"), "it is switched off");
    }

    [Fact]
    public async Task Sources_of_the_configuration_are_known_by_address_when_their_places_change()
    {
        await using var first = await FakeComfyUi.StartAsync();
        await using var second = await FakeComfyUi.StartAsync();
        await using (PerfDashApp.Start(app.Database.ConnectionString, ("PerfDash:Sources:0:Url", first.Url), ("PerfDash:Sources:1:Url", second.Url)))
        {
        }

        var before = await IdsAsync();
        await using var swapped = PerfDashApp.Start(app.Database.ConnectionString, ("PerfDash:Sources:0:Url", second.Url), ("PerfDash:Sources:1:Url", first.Url));
        Assert.Equal(before, await IdsAsync());
        await using var one = PerfDashApp.Start(app.Database.ConnectionString, ("PerfDash:Sources:0:Url", first.Url));
        Assert.Equal(before, await IdsAsync());
        Assert.Equal(first.Url + "/", await app.Database.ScalarAsync<string>("SELECT string_agg(url, ',') FROM sources WHERE enabled"));

        Task<string> IdsAsync() => app.Database.ScalarAsync<string>("SELECT string_agg(id || ' ' || url, ',' ORDER BY id) FROM sources");
    }

    [Fact]
    public async Task One_instance_follows_a_server_and_another_takes_over()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var second = PerfDashApp.Start(app.Database.ConnectionString);
        await using var third = PerfDashApp.Start(app.Database.ConnectionString);
        await using (second)
        {
            await app.Database.ExecuteAsync("DELETE FROM sources");
            await app.FollowAsync(server);
            Assert.Equal(1, server.OpenSockets);
            // As if the one that follows it had died.
            await app.Database.ExecuteAsync("UPDATE sources SET leased_until = now() + INTERVAL '1 hour', leased_by = 'a dead instance'");
            await Eventually.EqualAsync(0, () => Task.FromResult(server.OpenSockets));
            await app.Database.ExecuteAsync("UPDATE sources SET leased_until = now() + INTERVAL '1 second'");
            await Eventually.EqualAsync(1, () => Task.FromResult(server.OpenSockets));
        }

        var prompt = server.Queue(SourceFarm.Picture());
        await server.RunAsync(prompt, []);

        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        await Eventually.EqualAsync(1, () => Task.FromResult(server.OpenSockets));
        Assert.Equal(1L, await app.Database.CountAsync("jobs"));
    }

    [Fact]
    public async Task A_connector_elsewhere_reports_over_HTTP_with_a_key_of_the_role_ingest()
    {
        await using var server = await FakeComfyUi.StartAsync();
        using var made = await app.Client.PostAsJsonAsync("/access/keys", new { name = "connector", role = "ingest" }, Cancel);
        var key = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("key").GetString()!;
        using var connector = RemoteConnector.Create(server.Url, new Dictionary<string, string>(), "far-away", new Uri(app.Address), key, NullLoggerFactory.Instance, out _)!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await server.RunAsync(server.Queue(SourceFarm.Picture()), []);
        var running = connector.RunAsync(stop.Token);
        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));

        await server.RunAsync(server.Queue(SourceFarm.Picture()), [("3", 30), ("9", 10)], outputs: SourceFarm.Saved("a.png"));

        await Eventually.EqualAsync(2L, () => app.Database.CountAsync("performance_metrics"));
        Assert.Equal("far-away", await app.Database.ScalarAsync<string>("SELECT string_agg(DISTINCT w.name, ',') FROM performance_metrics AS m JOIN workers AS w ON w.id = m.worker_id"));
        Assert.Equal(2L, await app.Database.ScalarAsync<long>("SELECT count(*) FROM jobs WHERE external_id LIKE 'comfyui:far-away:%'"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_connector_with_a_wrong_key_ends_at_once()
    {
        await using var server = await FakeComfyUi.StartAsync();
        using var connector = RemoteConnector.Create(server.Url, new Dictionary<string, string>(), null, new Uri(app.Address), "pd_wrong", NullLoggerFactory.Instance, out _)!;

        var refused = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => connector.RunAsync(Cancel));

        Assert.Contains("needs the role ingest", refused.Message, StringComparison.Ordinal);
    }

    private async Task<JsonElement> TestAsync(long id)
    {
        using var answer = await app.Client.PostAsync($"/sources/{id}/test", null, Cancel);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }
}
