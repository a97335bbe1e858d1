using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerfDash.Tests.Collection;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources;

/// <summary>A ComfyUI server becomes jobs and metrics: the running program against a server that behaves as real ones were recorded.</summary>
public sealed class ComfyUiSourceTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static readonly (string Node, int Ms)[] Nodes = [("4", 20), ("3", 60), ("8", 20), ("9", 10)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.ExecuteAsync("DELETE FROM sources");
    }

    public async ValueTask DisposeAsync() => await app.Database.ExecuteAsync("DELETE FROM sources");

    [Fact]
    public async Task A_prompt_becomes_a_job_that_waits_runs_and_completes_with_parameters_stages_and_memory()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server, "gpu-7");
        var prompt = server.Queue(SourceFarm.Picture(), new JsonObject { ["perfdash"] = new JsonObject { ["project_id"] = "moonlit", ["scene_id"] = 99 } });
        await app.Database.HasStatusAsync(source, prompt, "pending");
        server.Start(prompt);
        await app.Database.HasStatusAsync(source, prompt, "running");

        await server.RunAsync(prompt, [("4", 20), ("3", 2500), ("8", 20), ("9", 10)], outputs: SourceFarm.Saved("a.png"));

        await app.Database.HasStatusAsync(source, prompt, "completed");
        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        var job = (await JobsAsync())[0];
        Assert.Equal("gpu-7", job.GetProperty("worker_name").GetString());
        // There is no scene 99: the job counts all the same, with its project.
        Assert.Equal(("moonlit", JsonValueKind.Null), (job.GetProperty("project_name").GetString(), job.GetProperty("scene_id").ValueKind));
        Assert.Equal("scene_id", (await app.Client.GetFromJsonAsync<JsonElement>($"/performance/job/{job.GetProperty("job_id").GetInt64()}", Cancel)).GetProperty("warnings")[0].GetProperty("field").GetString());
        Assert.Equal("480p", job.GetProperty("resolution_tier").GetString());
        Assert.Equal(1, job.GetProperty("frame_count").GetInt32());
        Assert.Equal((25_250_627_584 - 11_811_160_064) / 1024 / 1024, job.GetProperty("vram_peak_mb").GetInt32(), 1d);
        var parameters = job.GetProperty("parameters");
        Assert.Equal((512, 512, 8.0), (parameters.GetProperty("width").GetInt32(), parameters.GetProperty("height").GetInt32(), parameters.GetProperty("cfg").GetDouble()));
        Assert.DoesNotContain("beautiful", parameters.GetRawText(), StringComparison.OrdinalIgnoreCase);
        var stages = job.GetProperty("pipeline_stages").EnumerateArray().ToList();
        Assert.Equal(4, stages.Count);
        var wall = job.GetProperty("total_wall_time_ms").GetInt64();
        Assert.Equal(wall, stages.Sum(s => s.GetProperty("duration_ms").GetDouble()), wall * 0.1);
        Assert.Equal("NVIDIA GeForce RTX 4090 24081", await app.Database.ScalarAsync<string>("SELECT concat_ws(' ', gpu_model, gpu_vram_mb) FROM workers WHERE name = 'gpu-7'"));
        Assert.Equal("a.png", await app.Database.ScalarAsync<string>("SELECT result -> 'outputs' -> 0 ->> 'filename' FROM jobs"));
        Assert.Equal(0L, await app.Database.CountAsync("source_prompts"));
        var state = await app.SourceAsync(source);
        Assert.Equal(("0.27.1", "full", 0), (state.GetProperty("version").GetString(), state.GetProperty("node_times").GetString(), state.GetProperty("queue_pending").GetInt32()));
        Assert.False(server.SawOrigin);
    }

    [Fact]
    public async Task Prompts_that_ran_while_nobody_listened_are_found_and_counted_once()
    {
        await using var server = await FakeComfyUi.StartAsync();
        for (var i = 0; i < 130; i++)
            await server.RunAsync(server.Queue(SourceFarm.Picture()), []);

        var source = await app.FollowAsync(server);
        await Eventually.EqualAsync(130L, () => app.Database.CountAsync("performance_metrics"));
        server.DropSockets();
        for (var i = 0; i < 60; i++)
            await server.RunAsync(server.Queue(SourceFarm.Picture()), []);

        await Eventually.EqualAsync(190L, () => app.Database.CountAsync("performance_metrics"));
        await app.ConnectedAsync(source);
        Assert.Equal(190L, await app.Database.CountAsync("jobs"));
        Assert.True(server.ClientIds.Distinct().Count() >= 2 && server.ClientIds.Distinct().Count() == server.ClientIds.Count);
    }

    [Fact]
    public async Task Failures_interrupts_and_removals_end_as_what_they_are()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server);
        var failed = server.Queue(SourceFarm.Picture());
        await server.RunAsync(failed, Nodes, outcome: Outcome.Error("ValueError", "bad sampler\nsecond line", "3"));
        var memory = server.Queue(SourceFarm.Picture());
        await server.RunAsync(memory, Nodes, outcome: Outcome.Error("torch.OutOfMemoryError", "Allocation on device", "3"));
        var interrupted = server.Queue(SourceFarm.Picture());
        await server.RunAsync(interrupted, Nodes, outcome: Outcome.Interrupted);
        var removed = server.Queue(SourceFarm.Picture());
        await app.Database.HasStatusAsync(source, removed, "pending");
        server.Remove(removed);

        await app.Database.HasStatusAsync(source, failed, "failed");
        await app.Database.HasStatusAsync(source, memory, "failed");
        await app.Database.HasStatusAsync(source, interrupted, "cancelled");
        await app.Database.HasStatusAsync(source, removed, "cancelled");
        Assert.Equal("KSampler (node 3): ValueError: bad sampler", await ErrorAsync(failed));
        Assert.Equal("Out of memory: KSampler (node 3): torch.OutOfMemoryError: Allocation on device", await ErrorAsync(memory));
        Assert.Equal("Removed from the queue.", await ErrorAsync(removed));
        Assert.Equal(0L, await app.Database.CountAsync("performance_metrics"));
    }

    [Fact]
    public async Task What_a_restarted_server_has_lost_ends_as_failed()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server);
        var running = server.Queue(SourceFarm.Picture());
        server.Start(running);
        var waiting = server.Queue(SourceFarm.Picture());
        await app.Database.HasStatusAsync(source, running, "running");
        await app.Database.HasStatusAsync(source, waiting, "pending");

        server.Restart();

        await app.Database.HasStatusAsync(source, running, "failed");
        await app.Database.HasStatusAsync(source, waiting, "failed");
        Assert.Contains("restarted", await ErrorAsync(running), StringComparison.Ordinal);
        await app.ConnectedAsync(source);
        await RunThreeAsync(server, source);
        server.Restart();
        await Eventually.EqualAsync(1, () => Task.FromResult(server.OpenSockets));
        await app.ConnectedAsync(source);
        await RunThreeAsync(server, source);
        // Of an idle server the empty history tells that it was restarted. Only the first of each three had to load models.
        Assert.Equal("cold,warm,warm,cold,warm,warm", await app.Database.ScalarAsync<string>("SELECT string_agg(parameters ->> 'run_class', ',' ORDER BY started_at) FROM jobs WHERE status = 'completed'"));
    }

    [Fact]
    public async Task An_id_that_is_used_again_is_another_job_and_two_servers_may_share_one()
    {
        await using var server = await FakeComfyUi.StartAsync("0.3.64");
        await using var other = await FakeComfyUi.StartAsync("0.3.64");
        var source = await app.FollowAsync(server);
        var second = await app.FollowAsync(other);
        foreach (var fake in new[] { server, other, server })
        {
            await fake.RunAsync(fake.Queue(SourceFarm.Picture(), promptId: "same"), Nodes);
            await Task.Delay(50, Cancel);
        }

        await Eventually.EqualAsync(3L, () => app.Database.CountAsync("performance_metrics"));
        var keys = (await app.Database.ScalarAsync<string>("SELECT string_agg(external_id, ',' ORDER BY external_id) FROM jobs")).Split(',');
        Assert.Contains($"comfyui:{source}:same", keys);
        Assert.Contains($"comfyui:{second}:same", keys);
        Assert.Single(keys, key => key.StartsWith($"comfyui:{source}:same:1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cached_nodes_have_no_stage_and_a_cached_prompt_made_no_frames()
    {
        await using var server = await FakeComfyUi.StartAsync();
        await app.FollowAsync(server);
        await server.RunAsync(server.Queue(SourceFarm.Picture()), [("3", 60), ("8", 20), ("9", 10)], cached: ["4", "5", "6", "7"], outputs: SourceFarm.Saved("a.png"));
        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        await server.RunAsync(server.Queue(SourceFarm.Picture()), [], cached: ["3", "4", "5", "6", "7", "8", "9"]);
        await Eventually.EqualAsync(2L, () => app.Database.CountAsync("performance_metrics"));

        var jobs = await JobsAsync();
        Assert.Equal(("cached", 7), (jobs[0].GetProperty("parameters").GetProperty("run_class").GetString(), jobs[0].GetProperty("parameters").GetProperty("cached_nodes").GetInt32()));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (jobs[0].GetProperty("frame_count").ValueKind, jobs[0].GetProperty("time_per_frame_ms").ValueKind));
        Assert.Equal((4, 3), (jobs[1].GetProperty("parameters").GetProperty("cached_nodes").GetInt32(), jobs[1].GetProperty("pipeline_stages").GetArrayLength()));
    }

    [Fact]
    public async Task Large_seeds_are_kept_exactly_and_no_gpu_means_no_memory_figure()
    {
        await using var server = await FakeComfyUi.StartAsync();
        server.Gpu.Type = "cpu";
        await app.FollowAsync(server);
        var graph = SourceFarm.Picture();
        graph["3"]!["inputs"]!["seed"] = ulong.MaxValue;
        await server.RunAsync(server.Queue(graph), [("3", 300), ("9", 10)], outputs: SourceFarm.Saved("a.png", "b.png"));

        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        Assert.Equal(ulong.MaxValue.ToString(CultureInfo.InvariantCulture), await app.Database.ScalarAsync<string>("SELECT parameters ->> 'seed' FROM jobs"));
        Assert.Equal("2,null", await app.Database.ScalarAsync<string>("SELECT frame_count || ',' || COALESCE(vram_peak_mb::text, 'null') FROM performance_metrics"));
    }

    [Fact]
    public async Task Garbage_and_answers_without_end_do_not_stop_it()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await app.FollowAsync(server);
        server.SendGarbage();
        server.SendBinary(new byte[100_000]);
        server.SendRaw("""{"type": "progress_state", "data": {"prompt_id": 7, "nodes": [NaN]}}""");
        server.AnswerHistoryWith(async context =>
        {
            var chunk = new byte[1024 * 1024];
            for (var i = 0; i < 100 && !context.RequestAborted.IsCancellationRequested; i++)
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        });
        server.SendStatus();
        await Eventually.ThatAsync(async () => (await app.SourceAsync(source)).GetProperty("last_error").GetString() is not null, "it says what is wrong");

        server.AnswerHistoryWith(null);
        var prompt = server.Queue(SourceFarm.Picture());
        await server.RunAsync(prompt, Nodes);

        await app.Database.HasStatusAsync(source, prompt, "completed");
    }

    // Mostly sampling, so that their class does not follow from the share of loading.
    private async Task RunThreeAsync(FakeComfyUi server, long source)
    {
        for (var i = 0; i < 3; i++)
        {
            var prompt = server.Queue(SourceFarm.Picture());
            await server.RunAsync(prompt, [("4", 1), ("3", 400), ("9", 1)]);
            await app.Database.HasStatusAsync(source, prompt, "completed");
        }
    }

    private async Task<List<JsonElement>> JobsAsync() =>
        [.. (await app.Client.GetFromJsonAsync<JsonElement>("/performance/jobs", Cancel)).GetProperty("items").EnumerateArray()];

    private Task<string> ErrorAsync(string prompt) => app.Database.ScalarAsync<string>("SELECT error FROM jobs WHERE external_id LIKE '%' || @prompt", ("prompt", prompt));
}
