using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerfDash.Tests.Collection;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources;

/// <summary>Files of jobs are passed on from the server that made them, and from nowhere else.</summary>
public sealed class JobOutputsTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await app.Database.ClearAsync();

    public async ValueTask DisposeAsync() => await app.Database.ExecuteAsync("DELETE FROM sources");

    [Fact]
    public async Task Images_and_videos_are_passed_on_with_a_type_of_their_ending_and_all_else_is_not()
    {
        await using var server = await FakeComfyUi.StartAsync();
        server.AddFile("a.png", [1, 2, 3], contentType: "text/html");
        server.AddFile("page.html", [4], contentType: "text/html");
        server.AddFile("clip.mp4", [5, 6], contentType: "application/octet-stream");
        var source = await app.FollowAsync(server);
        await server.RunAsync(server.Queue(SourceFarm.Picture()), [("9", 10)], outputs: SourceFarm.Saved("a.png", "page.html", "clip.mp4", "../../secret.png", "gone.png"));
        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        var job = await app.Database.ScalarAsync<long>("SELECT id FROM jobs");

        using var image = await app.Client.GetAsync($"/performance/job/{job}/outputs/0", Cancel);
        Assert.Equal((HttpStatusCode.OK, "image/png"), (image.StatusCode, image.Content.Headers.ContentType!.ToString()));
        Assert.Equal([1, 2, 3], await image.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("nosniff", image.Headers.GetValues("X-Content-Type-Options").Single());
        using var video = await app.Client.GetAsync($"/performance/job/{job}/outputs/2", Cancel);
        Assert.Equal("video/mp4", video.Content.Headers.ContentType!.ToString());
        foreach (var index in new[] { "1", "3", "4", "99", "-1", "x" })
            Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/performance/job/{job}/outputs/{index}", Cancel)).StatusCode);
        Assert.DoesNotContain(server.Requests, request => request.Contains("secret", StringComparison.Ordinal) || request.Contains("page.html", StringComparison.Ordinal));

        await app.Client.DeleteAsync($"/sources/{source}", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/performance/job/{job}/outputs/0", Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_job_that_only_says_so_reaches_no_server()
    {
        await using var server = await FakeComfyUi.StartAsync();
        server.AddFile("a.png", [1]);
        await app.FollowAsync(server);
        using var reported = await app.Client.PostAsJsonAsync(
            "/performance/jobs/completed",
            new JsonObject { ["external_id"] = "comfyui:999999:x", ["workflow"] = new JsonObject { ["external_id"] = "w" }, ["worker"] = new JsonObject { ["external_id"] = "k" }, ["outputs"] = new JsonArray(new JsonObject { ["filename"] = "a.png", ["type"] = "output" }) },
            Cancel);
        Assert.Equal(1, (await reported.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("accepted").GetInt32());
        var job = await app.Database.ScalarAsync<long>("SELECT id FROM jobs WHERE external_id = 'comfyui:999999:x'");

        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync($"/performance/job/{job}/outputs/0", Cancel)).StatusCode);
        Assert.DoesNotContain(server.Requests, request => request.Contains("/view", StringComparison.Ordinal));
    }
}
