using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PerfDash.Tests.Collection;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources.Probes;

/// <summary>The probe of a source over HTTP.</summary>
public sealed class ProbeApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private const string Graph = """{"1": {"class_type": "KSampler", "inputs": {"seed": 18446744073709551615, "cfg": 1.50}}}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.ExecuteAsync("DELETE FROM sources");
    }

    public async ValueTask DisposeAsync() => await app.Database.ExecuteAsync("DELETE FROM sources");

    [Fact]
    public async Task A_source_is_made_with_a_probe_which_is_changed_shown_and_removed()
    {
        await using var server = await FakeComfyUi.StartAsync();
        using var made = await SendAsync(HttpMethod.Post, "/sources", $$"""{"url": "{{server.Url}}", "enabled": false, "probe_graph": {{Graph}}, "probe_every_hours": 12}""");
        var source = await made.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var id = source.GetProperty("id").GetInt64();
        Assert.Equal((true, 12), (source.GetProperty("has_probe").GetBoolean(), source.GetProperty("probe_every_hours").GetInt32()));
        Assert.DoesNotContain("KSampler", await app.Client.GetStringAsync("/sources", Cancel), StringComparison.Ordinal);
        var probe = await app.Client.GetFromJsonAsync<JsonElement>($"/sources/{id}/probe", Cancel);
        Assert.Equal(["graph", "every_hours", "requested_at", "runs"], probe.EnumerateObject().Select(p => p.Name));
        Assert.Equal(ulong.MaxValue, probe.GetProperty("graph").GetProperty("1").GetProperty("inputs").GetProperty("seed").GetUInt64());

        // What is omitted stays; null takes it away.
        Assert.Equal((true, null), await PutAsync("""{"probe_every_hours": null}"""));
        Assert.Equal((true, 6), await PutAsync("""{"probe_every_hours": 6}"""));
        Assert.Equal((true, 6), await PutAsync("""{"name": "other"}"""));
        Assert.Equal((false, null), await PutAsync("""{"probe_graph": null}"""));
        Assert.Equal(JsonValueKind.Null, (await app.Client.GetFromJsonAsync<JsonElement>($"/sources/{id}/probe", Cancel)).GetProperty("graph").ValueKind);

        async Task<(bool, int?)> PutAsync(string body)
        {
            using var answer = await SendAsync(HttpMethod.Put, $"/sources/{id}", body);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var changed = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            return (changed.GetProperty("has_probe").GetBoolean(), changed.GetProperty("probe_every_hours").Deserialize<int?>());
        }
    }

    [Theory]
    [InlineData("probe_graph", "[]")]
    [InlineData("probe_graph", "{}")]
    [InlineData("probe_graph", "\"text\"")]
    [InlineData("probe_graph", """{"1": {"class_type": "KSampler"}}""")]
    [InlineData("probe_graph", """{"1": {"inputs": {"seed": 1}}}""")]
    [InlineData("probe_graph", """{"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}}""")]
    [InlineData("probe_graph", """{"1": {"class_type": "KSampler", "inputs": {"seed": 1, "seed": 2}}}""")]
    [InlineData("probe_graph", """{"nodes": [], "links": [], "version": 0.4}""")]
    [InlineData("probe_every_hours", "0")]
    [InlineData("probe_every_hours", "721")]
    [InlineData("probe_every_hours", "1.5")]
    [InlineData("probe_every_hours", "\"1\"")]
    [InlineData("probe_every_hours", "24")]
    public async Task What_cannot_be_a_probe_is_refused_with_the_field_named(string field, string value)
    {
        using var answer = await SendAsync(HttpMethod.Post, "/sources", $$"""{"url": "http://127.0.0.1:1", "{{field}}": {{value}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal([field], (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateObject().Select(error => error.Name));
        Assert.Equal(0L, await app.Database.CountAsync("sources"));
    }

    [Fact]
    public async Task A_graph_of_more_than_1_MB_is_refused()
    {
        var large = Graph.Replace("1.50", $"\"{new string('a', 1024 * 1024)}\"", StringComparison.Ordinal);
        using var answer = await SendAsync(HttpMethod.Post, "/sources", $$"""{"url": "http://127.0.0.1:1", "probe_graph": {{large}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("1 MB", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_refused_without_a_probe_or_while_the_source_is_disabled()
    {
        using var made = await SendAsync(HttpMethod.Post, "/sources", """{"url": "http://127.0.0.1:1"}""");
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt64();
        Assert.Equal((409, "This source has no probe graph."), await RunAsync(id));
        using var given = await SendAsync(HttpMethod.Put, $"/sources/{id}", $$"""{"probe_graph": {{Graph}}, "enabled": false}""");
        Assert.Equal((409, "This source is disabled: nothing is submitted to its server."), await RunAsync(id));
        Assert.Equal(404, (await RunAsync(id + 1)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/sources/{id + 1}/probe", Cancel)).StatusCode);
    }

    private async Task<(int Status, string? Detail)> RunAsync(long id)
    {
        using var answer = await app.Client.PostAsync($"/sources/{id}/probe", null, Cancel);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        return ((int)answer.StatusCode, problem.GetProperty("detail").GetString());
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return await app.Client.SendAsync(request, Cancel);
    }
}
