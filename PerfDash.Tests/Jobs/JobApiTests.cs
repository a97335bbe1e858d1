using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Jobs;

public sealed class JobApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recorded_job_is_shown_with_all_that_is_known_of_it()
    {
        var workflow = await app.Database.AddWorkflowAsync("Portrait");
        var worker = await app.Database.AddWorkerAsync("gpu-1");
        var project = await app.Database.ScalarAsync<long>("INSERT INTO projects (name) VALUES ('p') RETURNING id");
        var character = await app.Database.ScalarAsync<long>("INSERT INTO characters (name) VALUES ('c') RETURNING id");
        var scene = await app.Database.ScalarAsync<long>("INSERT INTO scenes (name) VALUES ('s') RETURNING id");
        var job = await app.Database.ScalarAsync<long>(
            """
            INSERT INTO jobs (external_id, workflow_id, worker_id, project_id, character_id, scene_id, status, parameters, result, started_at, completed_at)
            VALUES ('full', @workflow, @worker, @project, @character, @scene, 'completed', '{"cfg": 7.5, "Sampler": "euler"}',
                '{"frame_count": 48, "time_per_frame_ms": 812.5, "total_gpu_time_ms": 39000, "total_wall_time_ms": 42000, "vram_peak_mb": 18210,
                  "resolution_tier": "1080p", "quality_scores": {"likeness": 0.92, "face": "?"}, "pipeline_stages": [{"name": "load_model", "duration_ms": 1200}]}',
                '2026-01-05T06:00:00Z', '2026-01-05T06:01:00.25Z') RETURNING id
            """,
            ("workflow", workflow), ("worker", worker), ("project", project), ("character", character), ("scene", scene));

        var shown = await RecordedAsync(job);

        var recordedAt = shown.GetProperty("recorded_at").GetString()!;
        Assert.EndsWith("Z", recordedAt, StringComparison.Ordinal);
        Assert.Equal(
            JsonSerializer.Serialize(JsonElement.Parse(
                $$"""
                {"job_id": {{job}}, "external_id": "full", "workflow_id": {{workflow}}, "workflow_name": "Portrait", "worker_id": {{worker}}, "worker_name": "gpu-1",
                 "project_id": {{project}}, "character_id": {{character}}, "scene_id": {{scene}}, "resolution_tier": "1080p", "run_class": null, "time_per_frame_ms": 812.5,
                 "total_gpu_time_ms": 39000, "total_wall_time_ms": 42000, "vram_peak_mb": 18210, "frame_count": 48, "quality_scores": {"likeness": 0.92},
                 "pipeline_stages": [{"name": "load_model", "duration_ms": 1200}], "parameters": {"cfg": 7.5, "Sampler": "euler"},
                 "warnings": [{"field": "quality_scores.face", "message": "is text, not a number"}],
                 "started_at": "2026-01-05T06:00:00Z", "created_at": "2026-01-05T06:01:00.25Z", "recorded_at": "{{recordedAt}}"}
                """)),
            JsonSerializer.Serialize(shown));
    }

    [Fact]
    public async Task What_is_not_known_is_null()
    {
        var job = await app.Database.AddCompletedJobAsync(await app.Database.AddWorkflowAsync(), await app.Database.AddWorkerAsync(), null);

        var shown = await RecordedAsync(job);

        Assert.Equal(
            "character_id external_id frame_count parameters pipeline_stages project_id quality_scores resolution_tier run_class scene_id started_at time_per_frame_ms total_gpu_time_ms total_wall_time_ms vram_peak_mb",
            string.Join(' ', shown.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Null).Select(p => p.Name).Order(StringComparer.Ordinal)));
        Assert.Equal(0, shown.GetProperty("warnings").GetArrayLength());
    }

    [Fact]
    public async Task An_unknown_or_unrecorded_job_is_404()
    {
        var running = await app.Database.AddRunningJobAsync(await app.Database.AddWorkflowAsync(), await app.Database.AddWorkerAsync());
        foreach (var id in new[] { "999999", "abc", "-1", "99999999999999999999", $"{running}" })
        {
            using var response = await app.Client.GetAsync($"/performance/job/{id}", Cancel);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task A_failed_collection_is_counted_and_recorded_after_its_cause_is_mended()
    {
        var before = await StatusAsync();
        var job = await app.Database.AddCompletedJobAsync(await app.Database.AddWorkflowAsync(), null, """{"frame_count": 1}""");
        await Eventually.EqualAsync(before.GetProperty("failed").GetInt64() + 1, async () => (await StatusAsync()).GetProperty("failed").GetInt64());

        // A retry that changes nothing fails again and keeps count.
        Assert.Equal(HttpStatusCode.Accepted, await RetryAsync($"{job}"));
        await Eventually.EqualAsync(2, () => app.Database.ScalarAsync<int>("SELECT attempts FROM failed_collections WHERE job_id = @id", ("id", job)));
        await app.Database.ExecuteAsync(
            """
            BEGIN; SET LOCAL perfdash.capture = 'off'; UPDATE jobs SET worker_id = (SELECT max(id) FROM workers) WHERE id = @id; COMMIT
            """.Replace("@id", $"{job}", StringComparison.Ordinal).Replace("(SELECT max(id) FROM workers)", $"{await app.Database.AddWorkerAsync()}", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.Accepted, await RetryAsync($"{job}"));

        await RecordedAsync(job);
        await Eventually.EqualAsync(before.GetProperty("failed").GetInt64(), async () => (await StatusAsync()).GetProperty("failed").GetInt64());
        Assert.Equal(HttpStatusCode.NotFound, await RetryAsync($"{job}"));
        Assert.Equal(HttpStatusCode.NotFound, await RetryAsync("999999"));
        Assert.Equal(HttpStatusCode.NotFound, await RetryAsync("abc"));
    }

    [Fact]
    public async Task The_state_of_capture_has_the_names_of_the_contract()
    {
        var job = await app.Database.AddCompletedJobAsync(await app.Database.AddWorkflowAsync(), await app.Database.AddWorkerAsync(), null);
        await RecordedAsync(job);

        var status = await StatusAsync();

        Assert.Equal(["failed", "failing_since", "lag_ms", "last_error", "last_recorded_at", "pending", "recorded_total", "rollups"], status.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.True(status.GetProperty("recorded_total").GetInt64() > 0);
        Assert.EndsWith("Z", status.GetProperty("last_recorded_at").GetString(), StringComparison.Ordinal);
        Assert.True(status.GetProperty("lag_ms").GetDouble() >= 0);
    }

    private Task<JsonElement> StatusAsync() => app.Client.GetFromJsonAsync<JsonElement>("/performance/collection", Cancel);

    private async Task<HttpStatusCode> RetryAsync(string job)
    {
        using var response = await app.Client.PostAsync($"/performance/collection/failed/{job}/retry", null, Cancel);
        return response.StatusCode;
    }

    private async Task<JsonElement> RecordedAsync(long job)
    {
        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE job_id = @id", ("id", job)));
        return await app.Client.GetFromJsonAsync<JsonElement>($"/performance/job/{job}", Cancel);
    }
}
