using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Demo;
using PerfDash.Core.Estimates;
using PerfDash.Data;

namespace PerfDash.Tests.Estimates;

public sealed class EstimateApiTests(PerfDashApp app, PostgresServer server) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_estimate_has_every_field_of_the_contract()
    {
        var workflow = await app.Database.AddWorkflowAsync("Portrait");
        var worker = await app.Database.AddWorkerAsync("render-01", price: 1.8m);
        await AddMetricsAsync(workflow, worker, 30);

        var estimate = await GetAsync($"/performance/estimate?workflow={workflow}&frames=96&worker={worker}&resolution_tier=1080p");

        Assert.Equal(78_000, estimate.GetProperty("expected_gpu_time_ms").GetDouble(), 0.01);
        Assert.Equal(812.5, estimate.GetProperty("expected_time_per_frame_ms").GetDouble(), 0.01);
        Assert.Equal(78_000, estimate.GetProperty("p10_gpu_time_ms").GetDouble(), 0.01);
        Assert.Equal(78_000, estimate.GetProperty("p90_gpu_time_ms").GetDouble(), 0.01);
        Assert.Equal(18_210, estimate.GetProperty("expected_vram_peak_mb").GetDouble(), 0.01);
        Assert.Equal(18_210, estimate.GetProperty("p95_vram_peak_mb").GetDouble(), 0.01);
        Assert.Equal(0.039, estimate.GetProperty("expected_cost").GetDouble(), 0.000001);
        Assert.Equal(30, estimate.GetProperty("sample_size").GetInt32());
        Assert.Equal("workflow_tier_worker", estimate.GetProperty("basis_level").GetString());
        Assert.StartsWith("30 jobs of Portrait at 1080p on render-01, the newest from ", estimate.GetProperty("basis").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_new_to_a_workflow_is_estimated_by_its_speed_elsewhere()
    {
        var known = await app.Database.AddWorkflowAsync("Known to both");
        var asked = await app.Database.AddWorkflowAsync("Known to one");
        var slow = await app.Database.AddWorkerAsync("slow");
        var fast = await app.Database.AddWorkerAsync("fast");
        await AddMetricsAsync(known, slow, 10, gpuTimeMs: 40_000);
        await AddMetricsAsync(known, fast, 10, gpuTimeMs: 10_000);
        await AddMetricsAsync(asked, slow, 10, gpuTimeMs: 20_000);

        var estimate = await GetAsync($"/performance/estimate?workflow={asked}&frames=48&worker={fast}&resolution_tier=1080p");

        Assert.Equal("workflow_tier_speed", estimate.GetProperty("basis_level").GetString());
        Assert.Equal(5_000, estimate.GetProperty("expected_gpu_time_ms").GetDouble(), 1);
        Assert.Contains("scaled by the relative speed of fast", estimate.GetProperty("basis").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, estimate.GetProperty("expected_cost").ValueKind);
    }

    [Fact]
    public async Task A_worker_with_few_jobs_of_its_own_is_estimated_by_those_of_others_at_its_speed()
    {
        var known = await app.Database.AddWorkflowAsync("Known well to both");
        var asked = await app.Database.AddWorkflowAsync("Known well to one");
        var slow = await app.Database.AddWorkerAsync("slower");
        var fast = await app.Database.AddWorkerAsync("faster");
        await AddMetricsAsync(known, slow, 10, gpuTimeMs: 40_000);
        await AddMetricsAsync(known, fast, 10, gpuTimeMs: 10_000);
        await AddMetricsAsync(asked, slow, 10, gpuTimeMs: 20_000);
        await AddMetricsAsync(asked, fast, 2, gpuTimeMs: 5_000);

        var estimate = await GetAsync($"/performance/estimate?workflow={asked}&frames=48&worker={fast}&resolution_tier=1080p");

        Assert.Equal("workflow_tier_speed", estimate.GetProperty("basis_level").GetString());
        Assert.Equal(12, estimate.GetProperty("sample_size").GetInt32());
        Assert.Equal(5_000, estimate.GetProperty("expected_gpu_time_ms").GetDouble(), 1);
    }

    [Fact]
    public async Task A_workflow_that_never_ran_has_an_estimate_that_says_so()
    {
        var workflow = await app.Database.AddWorkflowAsync("Untried");

        var estimate = await GetAsync($"/performance/estimate?workflow={workflow}&frames=48");

        foreach (var field in new[]
        {
            "expected_time_per_frame_ms", "expected_gpu_time_ms", "p10_gpu_time_ms", "p90_gpu_time_ms",
            "expected_vram_peak_mb", "p95_vram_peak_mb", "expected_cost",
        })
        {
            Assert.Equal(JsonValueKind.Null, estimate.GetProperty(field).ValueKind);
        }
        Assert.Equal(0, estimate.GetProperty("sample_size").GetInt32());
        Assert.Equal("none", estimate.GetProperty("basis_level").GetString());
        Assert.Equal("No history: no jobs of Untried have been recorded.", estimate.GetProperty("basis").GetString());
    }

    [Theory]
    [InlineData("estimate?frames=48", "workflow")]
    [InlineData("estimate?workflow=x&frames=48", "workflow")]
    [InlineData("estimate?workflow=1", "frames")]
    [InlineData("estimate?workflow=1&frames=0", "frames")]
    [InlineData("estimate?workflow=1&frames=1.5", "frames")]
    [InlineData("estimate?workflow=1&frames=48&worker=gpu", "worker")]
    [InlineData("estimate/backtest?workflow_id=Portrait", "workflow_id")]
    [InlineData("cost?score=likeness", "min")]
    [InlineData("cost?score=likeness&min=NaN", "min")]
    [InlineData("cost?min=0.8", "score")]
    [InlineData("cost?from=2026-02-02&to=2026-02-01", "from")]
    public async Task What_cannot_be_read_is_named(string route, string field)
    {
        using var response = await app.Client.GetAsync(new Uri($"/performance/{route}", UriKind.Relative), Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Fact]
    public async Task Unknown_ids_are_not_found()
    {
        var workflow = await app.Database.AddWorkflowAsync();
        foreach (var route in new[] { "workflow=999999&frames=1", $"workflow={workflow}&frames=1&worker=999999" })
        {
            using var response = await app.Client.GetAsync(new Uri($"/performance/estimate?{route}", UriKind.Relative), Cancelled);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Fact]
    public async Task Cost_is_per_workflow_job_frame_and_accepted_frame()
    {
        var priced = await app.Database.AddWorkerAsync("priced", price: 3.6m);
        var unpriced = await app.Database.AddWorkerAsync("unpriced");
        var workflow = await app.Database.AddWorkflowAsync("Costly");
        var free = await app.Database.AddWorkflowAsync("Free");
        var at = new DateTime(2020, 5, 10, 0, 0, 0, DateTimeKind.Utc);
        // 3.6 an hour is 0.001 a second: 10 s, 20 s and 30 s cost 0.01, 0.02 and 0.03.
        await AddMetricsAsync(workflow, priced, 1, gpuTimeMs: 10_000, frames: 10, scores: """{"likeness": 0.9}""", at: at);
        await AddMetricsAsync(workflow, priced, 1, gpuTimeMs: 20_000, frames: 10, scores: """{"likeness": 0.8}""", at: at);
        await AddMetricsAsync(workflow, priced, 1, gpuTimeMs: 30_000, frames: 20, scores: """{"likeness": 0.7}""", at: at);
        await AddMetricsAsync(workflow, unpriced, 1, gpuTimeMs: 50_000, frames: 7, scores: """{"likeness": 0.9}""", at: at);
        await AddMetricsAsync(free, unpriced, 2, gpuTimeMs: 50_000, frames: 7, at: at);

        var answer = await GetAsync("/performance/cost?from=2020-05-01&to=2020-06-01&score=likeness&min=0.8");

        var items = answer.GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal([workflow, free], items.Select(item => item.GetProperty("workflow_id").GetInt64()));
        Assert.Equal("Costly", items[0].GetProperty("workflow_name").GetString());
        Assert.Equal(4, items[0].GetProperty("job_count").GetInt64());
        Assert.Equal(3, items[0].GetProperty("priced_job_count").GetInt64());
        Assert.Equal(0.06, items[0].GetProperty("total_cost").GetDouble(), 1e-9);
        Assert.Equal(0.02, items[0].GetProperty("avg_cost_per_job").GetDouble(), 1e-9);
        Assert.Equal(0.0015, items[0].GetProperty("cost_per_frame").GetDouble(), 1e-9);
        Assert.Equal(27, items[0].GetProperty("accepted_frames").GetInt64());
        Assert.Equal(0.003, items[0].GetProperty("cost_per_accepted_frame").GetDouble(), 1e-9);
        Assert.Equal(2, items[1].GetProperty("job_count").GetInt64());
        Assert.Equal(0, items[1].GetProperty("priced_job_count").GetInt64());
        foreach (var field in new[] { "total_cost", "avg_cost_per_job", "cost_per_frame", "accepted_frames", "cost_per_accepted_frame" })
            Assert.Equal(JsonValueKind.Null, items[1].GetProperty(field).ValueKind);

        var withoutScore = await GetAsync("/performance/cost?from=2020-05-01&to=2020-06-01");
        Assert.Equal(JsonValueKind.Null, withoutScore.GetProperty("items")[0].GetProperty("accepted_frames").ValueKind);
        Assert.Equal(0.06, withoutScore.GetProperty("items")[0].GetProperty("total_cost").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task The_back_test_of_a_seeded_farm_is_in_the_API()
    {
        await using var seeded = PerfDashApp.Start(await server.CreateDatabaseAsync());
        await seeded.Services.GetRequiredService<DemoHistory>().SeedAsync(4_000, 30, 42, null, Cancelled);
        using var client = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(seeded)) };
        client.DefaultRequestHeaders.Add("X-Api-Key", PerfDashApp.ApiKey);

        var backTests = seeded.Services.GetRequiredService<BackTestQueries>();
        // The program's own schedule may have been quicker, with the first jobs only.
        await using (var context = await seeded.Services.GetRequiredService<IDbContextFactory<PerfDashDbContext>>().CreateDbContextAsync(Cancelled))
            await context.EstimateBackTests.ExecuteDeleteAsync(Cancelled);

        var none = await client.GetFromJsonAsync<JsonElement>("/performance/estimate/backtest", Cancelled);
        Assert.Equal((JsonValueKind.Null, 0), (none.GetProperty("computed_at").ValueKind, none.GetProperty("job_count").GetInt32()));
        Assert.True(await backTests.RefreshAsync(Cancelled));
        Assert.False(await backTests.RefreshAsync(Cancelled));

        var test = await client.GetFromJsonAsync<JsonElement>("/performance/estimate/backtest", Cancelled);

        Assert.InRange(test.GetProperty("p10_p90_coverage").GetDouble(), 0.72, 0.88);
        Assert.InRange(test.GetProperty("p90_held").GetDouble(), 0.84, 0.96);
        Assert.InRange(test.GetProperty("median_error_percent").GetDouble(), 5, 15);
        Assert.InRange(test.GetProperty("held_out_count").GetInt32(), 700, 800);
        Assert.Equal(test.GetProperty("held_out_count").GetInt32(), test.GetProperty("estimated_count").GetInt32());
        foreach (var field in new[] { "from", "to", "job_count", "above_p90_share", "below_p10_share", "p95_vram_held", "computed_at" })
            Assert.NotEqual(JsonValueKind.Null, test.GetProperty(field).ValueKind);
        Assert.Equal("workflow_tier_worker", test.GetProperty("levels")[0].GetProperty("basis_level").GetString());
        Assert.Equal("tier_and_worker", test.GetProperty("questions")[0].GetProperty("asked").GetString());
        var workflows = await Task.WhenAll(Enumerable.Range(1, 30).Select(id => client.GetFromJsonAsync<JsonElement>($"/performance/estimate/backtest?workflow_id={id}", Cancelled)));
        foreach (var field in new[] { "job_count", "held_out_count", "estimated_count" })
            Assert.Equal(test.GetProperty(field).GetInt32(), workflows.Sum(w => w.GetProperty(field).GetInt32()));
    }

    private async Task<JsonElement> GetAsync(string address) => await app.Client.GetFromJsonAsync<JsonElement>(address, Cancelled);

    private Task<int> AddMetricsAsync(
        long workflow, long worker, int count, long gpuTimeMs = 39_000, int frames = 48, string scores = "null", DateTime? at = null) =>
        app.Database.ExecuteAsync(
            """
            WITH done AS (
                INSERT INTO jobs (workflow_id, worker_id, status)
                SELECT @workflow, @worker, 'running' FROM generate_series(1, @count) RETURNING id
            )
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, time_per_frame_ms, total_gpu_time_ms, total_wall_time_ms,
                                             vram_peak_mb, frame_count, quality_scores_json, resolution_tier, created_at)
            SELECT id, @workflow, @worker, @gpu::float8 / @frames, @gpu, @gpu, 18210, @frames, @scores::jsonb, '1080p', @at FROM done
            """,
            ("workflow", workflow),
            ("worker", worker),
            ("count", count),
            ("gpu", gpuTimeMs),
            ("frames", frames),
            ("scores", scores),
            ("at", at ?? DateTime.UtcNow.AddHours(-1)));
}
