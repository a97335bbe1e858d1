using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using PerfDash.Core.Sources;
using PerfDash.Tests.Collection;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources.Probes;

/// <summary>Golden probes: submitted while the server has nothing to do, and no job.</summary>
public sealed class ProbeTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static readonly (string Node, int Ms)[] All = [("4", 20), ("5", 1), ("6", 10), ("7", 10), ("3", 300), ("8", 20), ("9", 10)];
    private static readonly (string Node, int Ms)[] Sampling = [("3", 300), ("8", 20), ("9", 10)];
    private static readonly string[] Kept = ["4", "5", "6", "7"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.ExecuteAsync("DELETE FROM sources");
    }

    public async ValueTask DisposeAsync() => await app.Database.ExecuteAsync("DELETE FROM sources");

    [Fact]
    public async Task A_run_that_was_asked_for_loads_the_models_first_and_is_measured_with_its_own_seed_and_becomes_no_job()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server, "gpu-7");
        var seed = SourceFarm.Picture()["3"]!["inputs"]!["seed"]!.GetValue<long>();
        await GiveAsync(source);
        Assert.Equal(HttpStatusCode.Accepted, await RunAsync(source));

        var (warmUp, measured) = await SubmittedAsync(server);
        Assert.Equal((seed - 1, seed), (SeedOf(warmUp.Graph), SeedOf(measured.Graph)));
        Assert.Contains("POST /free", server.Requests);
        await server.RunAsync(warmUp.Id, All);
        await server.RunAsync(measured.Id, Sampling, cached: Kept, outputs: SourceFarm.Saved("a.png"));
        var run = await EndedAsync(source);

        Assert.Equal(("completed", "warm", 4), (run.GetProperty("state").GetString(), run.GetProperty("run_class").GetString(), run.GetProperty("cached_nodes").GetInt32()));
        Assert.Equal(("0.27.1", "2.8.0+cu128", "NVIDIA GeForce RTX 4090"), (run.GetProperty("version").GetString(), run.GetProperty("pytorch_version").GetString(), run.GetProperty("gpu_model").GetString()));
        var history = server.History.Single(entry => entry.Key == measured.Id).Value["status"]!["messages"]!.AsArray();
        var wall = history[^1]![1]!["timestamp"]!.GetValue<long>() - history[0]![1]!["timestamp"]!.GetValue<long>();
        Assert.Equal(wall, run.GetProperty("total_wall_time_ms").GetInt64());
        Assert.Equal("3", await app.Database.ScalarAsync<string>("SELECT jsonb_array_length(stages)::text FROM source_probe_runs"));
        // A prompt of somebody else afterwards is a job as ever, and the only one.
        await server.RunAsync(server.Queue(SourceFarm.Picture()), All);
        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        Assert.Equal((1L, 1L), (await app.Database.CountAsync("jobs"), await app.Database.CountAsync("source_probe_runs")));
        Assert.Equal(0L, await app.Database.CountAsync("source_prompts"));
        Assert.Equal("source_probe_requested", await app.Database.ScalarAsync<string>("SELECT action FROM access_audit ORDER BY id DESC LIMIT 1"));
    }

    [Fact]
    public async Task A_schedule_runs_it_when_it_is_due_and_not_before()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server);
        await GiveAsync(source, hours: 24);
        await FinishAsync(server);
        await EndedAsync(source);

        // Read again and again: nothing is due.
        for (var i = 0; i < 3; i++)
            await server.RunAsync(server.Queue(SourceFarm.Picture()), []);
        await Eventually.EqualAsync(3L, () => app.Database.CountAsync("performance_metrics"));
        Assert.Equal(1L, await app.Database.CountAsync("source_probe_runs"));
        await app.Database.ExecuteAsync("UPDATE source_probe_runs SET submitted_at = now() - INTERVAL '25 hours'");
        server.SendStatus();

        await FinishAsync(server);
        await Eventually.EqualAsync(2L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM source_probe_runs WHERE state = 'completed'"));
    }

    [Fact]
    public async Task Nothing_is_submitted_while_a_prompt_waits_or_runs()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server);
        await GiveAsync(source);
        var other = server.Queue(SourceFarm.Picture());
        await app.Database.HasStatusAsync(source, other, "pending");
        await RunAsync(source);
        server.Start(other);
        await app.Database.HasStatusAsync(source, other, "running");
        Assert.Equal(0L, await app.Database.CountAsync("source_probe_runs"));

        await server.RunAsync(other, All);

        await SubmittedAsync(server);
        Assert.Equal("completed queued", await app.Database.ScalarAsync<string>("SELECT (SELECT status FROM jobs) || ' ' || (SELECT state FROM source_probe_runs)"));
    }

    [Fact]
    public async Task A_run_that_ended_while_PerfDash_was_away_is_found()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server);
        await GiveAsync(source);
        await RunAsync(source);
        var (warmUp, measured) = await SubmittedAsync(server);
        await app.Client.PutAsJsonAsync($"/sources/{source}", new { enabled = false }, Cancel);
        await Eventually.EqualAsync(0, () => Task.FromResult(server.OpenSockets));
        await server.RunAsync(warmUp.Id, All);
        await server.RunAsync(measured.Id, Sampling, cached: Kept);

        await app.Client.PutAsJsonAsync($"/sources/{source}", new { enabled = true }, Cancel);

        Assert.Equal("completed", (await EndedAsync(source)).GetProperty("state").GetString());
        await app.ConnectedAsync(source);
        Assert.Equal(0L, await app.Database.CountAsync("jobs"));
    }

    [Fact]
    public async Task A_run_that_a_restarted_server_has_lost_ends_as_failed_and_the_next_can_be_asked_for()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server);
        await GiveAsync(source);
        await RunAsync(source);
        await SubmittedAsync(server);
        await Eventually.EqualAsync(2, async () => (await app.SourceAsync(source)).GetProperty("queue_pending").Deserialize<int?>() ?? 0);

        server.Restart();

        var run = await EndedAsync(source);
        Assert.Equal("failed", run.GetProperty("state").GetString());
        Assert.Contains("restarted", run.GetProperty("error").GetString(), StringComparison.Ordinal);
        await app.ConnectedAsync(source);
        await RunAsync(source);
        await FinishAsync(server);
        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM source_probe_runs WHERE state = 'completed'"));
        Assert.Equal(0L, await app.Database.CountAsync("jobs"));
    }

    [Fact]
    public async Task A_run_without_work_a_failing_one_and_a_refused_one_have_no_time_and_say_why()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server);
        await GiveAsync(source);
        await RunAsync(source);
        var (warmUp, measured) = await SubmittedAsync(server);
        await server.RunAsync(warmUp.Id, []);
        await server.RunAsync(measured.Id, [], cached: [.. Kept, "3", "8", "9"]);
        Assert.Equal("All its nodes were cached: nothing ran.", (await EndedAsync(source)).GetProperty("error").GetString());

        await RunAsync(source);
        (warmUp, measured) = await SubmittedAsync(server);
        await server.RunAsync(warmUp.Id, All);
        await server.RunAsync(measured.Id, Sampling, outcome: Outcome.Error("torch.OutOfMemoryError", "Allocation on device", "3"));
        Assert.StartsWith("Out of memory: KSampler (node 3)", (await EndedAsync(source, 2)).GetProperty("error").GetString(), StringComparison.Ordinal);

        server.RefusedClass = "KSampler";
        await RunAsync(source);
        Assert.Equal("KSampler (node 3): Value not in list: ckpt_name: 'gone.safetensors' not in ['a.safetensors']", (await EndedAsync(source, 3)).GetProperty("error").GetString());
        Assert.Equal((0L, 0L), (await app.Database.CountAsync("jobs"), await app.Database.ScalarAsync<long>("SELECT count(total_wall_time_ms) FROM source_probe_runs")));
    }

    [Fact]
    public async Task A_connector_elsewhere_does_not_report_probes()
    {
        await using var server = await FakeComfyUi.StartAsync();
        await server.RunAsync(server.Queue(SourceFarm.Picture(), new JsonObject { ["perfdash"] = new JsonObject { ["probe"] = true } }), All);
        await server.RunAsync(server.Queue(SourceFarm.Picture()), All);
        using var made = await app.Client.PostAsJsonAsync("/access/keys", new { name = "probe connector", role = "ingest" }, Cancel);
        var key = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("key").GetString()!;
        using var connector = RemoteConnector.Create(server.Url, new Dictionary<string, string>(), "far-away", new Uri(app.Address), key, NullLoggerFactory.Instance, out _)!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var running = connector.RunAsync(stop.Token);

        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        Assert.Equal(1L, await app.Database.CountAsync("jobs"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private async Task GiveAsync(long source, int? hours = null)
    {
        using var answer = await app.Client.PutAsJsonAsync($"/sources/{source}", new { probe_graph = SourceFarm.Picture(), probe_every_hours = hours }, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task<HttpStatusCode> RunAsync(long source)
    {
        using var answer = await app.Client.PostAsync($"/sources/{source}/probe", null, Cancel);
        return answer.StatusCode;
    }

    /// <summary>The two prompts of a run, when both wait.</summary>
    private static async Task<((string Id, JsonObject Graph) WarmUp, (string Id, JsonObject Graph) Measured)> SubmittedAsync(FakeComfyUi server)
    {
        await Eventually.EqualAsync(2, () => Task.FromResult(server.Pending.Count));
        return (server.Pending[0], server.Pending[1]);
    }

    private static async Task FinishAsync(FakeComfyUi server)
    {
        var (warmUp, measured) = await SubmittedAsync(server);
        await server.RunAsync(warmUp.Id, All);
        await server.RunAsync(measured.Id, Sampling, cached: Kept);
    }

    /// <summary>The latest run, when so many have ended.</summary>
    private async Task<JsonElement> EndedAsync(long source, int runs = 1)
    {
        await Eventually.EqualAsync((long)runs, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM source_probe_runs WHERE state <> 'queued'"));
        return (await app.Client.GetFromJsonAsync<JsonElement>($"/sources/{source}/probe", Cancel)).GetProperty("runs")[0];
    }

    private static long SeedOf(JsonObject graph) => graph["3"]!["inputs"]!["seed"]!.GetValue<long>();
}
