using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Comparison;

public sealed class ComparisonApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static readonly DateTime Now = DateTime.UtcNow;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await app.Database.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Plain_percents_are_of_the_means_and_the_verdict_is_like_for_like()
    {
        var (slowMix, fastMix) = (await app.Database.AddWorkflowAsync("Portrait"), await app.Database.AddWorkflowAsync("Landscape"));
        var (fastWorker, slowWorker) = (await app.Database.AddWorkerAsync("fast", 2m), await app.Database.AddWorkerAsync("slow", 1m));
        // Landscape takes 80 % of Portrait's time on either worker, but ran mostly on the slow one.
        await AddMetricsAsync(slowMix, fastWorker, 61, 100, 0.90, 8000);
        await AddMetricsAsync(slowMix, slowWorker, 10, 300, 0.90, 8000);
        await AddMetricsAsync(fastMix, fastWorker, 10, 80, 0.80, 10_000);
        await AddMetricsAsync(fastMix, slowWorker, 61, 240, 0.80, 10_000);

        var comparison = await GetAsync($"/performance/comparison?workflows={slowMix},{fastMix}");

        var workflows = comparison.GetProperty("workflows").EnumerateArray().ToArray();
        Assert.Equal(["Portrait", "Landscape"], workflows.Select(w => w.GetProperty("workflow_name").GetString()));
        Assert.Equal(71, workflows[0].GetProperty("job_count").GetInt64());
        var (portraitMs, landscapeMs) = (((61 * 100d) + (10 * 300)) / 71, ((10 * 80d) + (61 * 240)) / 71);
        Assert.Equal(portraitMs, workflows[0].GetProperty("avg_time_per_frame_ms").GetDouble(), 0.01);
        var difference = Assert.Single(comparison.GetProperty("differences").EnumerateArray());
        Assert.Equal(slowMix, difference.GetProperty("baseline_workflow_id").GetInt64());
        Assert.Equal(fastMix, difference.GetProperty("workflow_id").GetInt64());
        Assert.Equal((landscapeMs - portraitMs) / portraitMs * 100, difference.GetProperty("time_per_frame_percent").GetDouble(), 0.01);
        Assert.Equal(25, difference.GetProperty("vram_percent").GetDouble(), 0.01);
        Assert.Equal(-100 / 9d, difference.GetProperty("quality_percent").GetProperty("likeness").GetDouble(), 0.1);
        Assert.Equal("faster", difference.GetProperty("speed_verdict").GetString());
        Assert.Equal("worse", difference.GetProperty("quality_verdict").GetString());
        var matched = difference.GetProperty("like_for_like").GetProperty("time_per_frame");
        Assert.Equal(-20, matched.GetProperty("percent").GetDouble(), 0.5);
        Assert.Equal("tier_and_worker", matched.GetProperty("matching").GetString());
        Assert.Equal(142, matched.GetProperty("matched_jobs").GetInt32());
        var text = difference.GetProperty("text").GetString();
        Assert.StartsWith("Landscape is 20 % faster per frame than Portrait (95 % interval ", text, StringComparison.Ordinal);
        Assert.Contains("but has 11 % lower likeness", text, StringComparison.Ordinal);
        Assert.Contains("needs 2.0 GB more VRAM", text, StringComparison.Ordinal);
        Assert.Contains("show 70 % slower, because they count every job in full", text, StringComparison.Ordinal);
        Assert.Equal(fastMix, comparison.GetProperty("fastest_workflow_id").GetInt64());
        Assert.Equal(slowMix, comparison.GetProperty("best_quality_workflow_id").GetInt64());
        Assert.Contains(comparison.GetProperty("trade_offs").EnumerateArray(), t => t.GetString()!.Contains("lower likeness", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stages_sum_to_the_change_and_new_ones_are_named()
    {
        var (before, after) = (await app.Database.AddWorkflowAsync("v1"), await app.Database.AddWorkflowAsync("v2"));
        var worker = await app.Database.AddWorkerAsync();
        // 10 frames: 100 ms a frame are 20 load + 70 sample + 10 outside; 90 are 20 + 50 + 15 upscale + 5.
        await AddMetricsAsync(before, worker, 5, 100, 0.9, 8000, stages: """[{"name":"load","duration_ms":200},{"name":"sample","duration_ms":700}]""");
        await AddMetricsAsync(after, worker, 5, 90, 0.9, 8000, stages: """[{"name":"load","duration_ms":200},{"name":"sample","duration_ms":500},{"name":"upscale","duration_ms":150}]""");

        var comparison = await GetAsync($"/performance/comparison?workflows={before},{after}");

        var attribution = comparison.GetProperty("differences")[0].GetProperty("stage_attribution");
        Assert.Equal(-10, attribution.GetProperty("change_ms").GetDouble(), 0.2);
        var stages = attribution.GetProperty("stages").EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString() ?? "", s => s);
        Assert.Equal(-20, stages["sample"].GetProperty("change_ms").GetDouble(), 1e-6);
        Assert.Equal(15, stages["upscale"].GetProperty("change_ms").GetDouble(), 1e-6);
        Assert.Equal("added", stages["upscale"].GetProperty("kind").GetString());
        Assert.Equal(attribution.GetProperty("change_ms").GetDouble(), stages.Values.Sum(s => s.GetProperty("change_ms").GetDouble()), 1e-9);
    }

    [Fact]
    public async Task A_workflow_is_compared_with_itself_before_and_after()
    {
        var workflow = await app.Database.AddWorkflowAsync("Portrait");
        var worker = await app.Database.AddWorkerAsync();
        await AddMetricsAsync(workflow, worker, 40, 100, 0.9, 8000, Now.AddDays(-20), """{"steps": 30, "seed": SEED}""");
        await AddMetricsAsync(workflow, worker, 40, 70, 0.9, 8000, Now.AddDays(-5), """{"steps": 20, "seed": SEED}""");

        var answer = await GetAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"/performance/comparison/history?workflow={workflow}&before_from={Now.AddDays(-30):yyyy-MM-dd}&before_to={Now.AddDays(-10):yyyy-MM-dd}&after_from={Now.AddDays(-10):yyyy-MM-dd}&after_to={Now.AddDays(1):yyyy-MM-dd}"));
        var proposals = await GetAsync($"/performance/comparison/history/proposals?workflow={workflow}");

        Assert.Equal(40, answer.GetProperty("before").GetProperty("job_count").GetInt64());
        Assert.Equal(40, answer.GetProperty("after").GetProperty("job_count").GetInt64());
        Assert.Equal(-30, answer.GetProperty("difference").GetProperty("time_per_frame_percent").GetDouble(), 0.01);
        Assert.Equal("faster", answer.GetProperty("difference").GetProperty("speed_verdict").GetString());
        Assert.Equal("equal", answer.GetProperty("difference").GetProperty("quality_verdict").GetString());
        Assert.StartsWith("Portrait (after) is 30 % faster per frame than before", answer.GetProperty("difference").GetProperty("text").GetString(), StringComparison.Ordinal);
        var items = proposals.GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal(["steps", "time_per_frame_ms"], items.Select(i => i.GetProperty("subject").GetString()));
        Assert.Equal(("30", "20"), (items[0].GetProperty("before").GetString(), items[0].GetProperty("after").GetString()));
        Assert.All(items, item => Assert.Equal(Now.AddDays(-5), item.GetProperty("at").GetDateTime(), TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_range_without_jobs_gives_nulls_and_no_verdict()
    {
        var (a, b) = (await app.Database.AddWorkflowAsync("A"), await app.Database.AddWorkflowAsync("B"));

        var comparison = await GetAsync($"/performance/comparison?workflows={a},{b}");

        Assert.All(comparison.GetProperty("workflows").EnumerateArray(), w =>
        {
            Assert.Equal(0, w.GetProperty("job_count").GetInt64());
            Assert.Equal(JsonValueKind.Null, w.GetProperty("avg_time_per_frame_ms").ValueKind);
        });
        var difference = comparison.GetProperty("differences")[0];
        Assert.Equal(JsonValueKind.Null, difference.GetProperty("time_per_frame_percent").ValueKind);
        Assert.Equal("inconclusive", difference.GetProperty("speed_verdict").GetString());
        Assert.Equal("inconclusive", difference.GetProperty("quality_verdict").GetString());
        Assert.Equal(JsonValueKind.Null, comparison.GetProperty("fastest_workflow_id").ValueKind);
        Assert.Equal(JsonValueKind.Null, comparison.GetProperty("best_quality_workflow_id").ValueKind);
        Assert.Empty(comparison.GetProperty("trade_offs").EnumerateArray());
    }

    [Fact]
    public async Task Two_to_ten_different_workflows_that_exist_can_be_compared()
    {
        List<long> ids = [];
        for (var i = 0; i < 11; i++)
            ids.Add(await app.Database.AddWorkflowAsync($"W{i}"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(string.Join(',', ids.Take(10))));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(string.Join(',', ids)));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync($"{ids[0]}"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync($"{ids[0]},{ids[0]}"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("one,two"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{ids[0]},987654"));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/performance/comparison/history?workflow=987654", Cancel)).StatusCode);
        var refused = await app.Client.GetAsync($"/performance/comparison/history?workflow={ids[0]}&before_from=2026-02-02&before_to=2026-02-01", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.True((await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").TryGetProperty("before_from", out _));
    }

    private async Task<HttpStatusCode> StatusAsync(string workflows) =>
        (await app.Client.GetAsync("/performance/comparison?workflows=" + workflows, Cancel)).StatusCode;

    private Task<JsonElement> GetAsync(string address) => app.Client.GetFromJsonAsync<JsonElement>(address, Cancel);

    /// <summary>Records jobs of 10 frames whose times lie evenly within ± 2 % of <paramref name="timePerFrameMs"/> and whose scores within ± 0.01, without a trend; <paramref name="jobs"/> is no multiple of 3.</summary>
    private Task<int> AddMetricsAsync(
        long workflow, long worker, int jobs, double timePerFrameMs, double likeness, int vramMb,
        DateTime? from = null, string? parameters = null, string? stages = null) => app.Database.ExecuteAsync(
        """
        WITH made AS (
            INSERT INTO jobs (workflow_id, worker_id, status, completed_at, parameters)
            SELECT @flow, @on_worker, 'running', @at + n * INTERVAL '1 minute', replace(@parameters, 'SEED', n::text)::jsonb
            FROM generate_series(0, @jobs - 1) AS n RETURNING id, completed_at
        ), numbered AS (SELECT *, (row_number() OVER (ORDER BY id) - 1) * 3 % @jobs AS step FROM made)
        INSERT INTO performance_metrics (job_id, workflow_id, worker_id, time_per_frame_ms, total_gpu_time_ms, vram_peak_mb, frame_count, quality_scores_json, pipeline_stages_json, resolution_tier, created_at)
        SELECT id, @flow, @on_worker, @ms * (0.98 + 0.04 * step / greatest(1, @jobs - 1)), (@ms * 10)::int8, @vram, 10,
               jsonb_build_object('likeness', @likeness - 0.01 + 0.02 * step / greatest(1, @jobs - 1)), @stages::jsonb, '1080p', completed_at
        FROM numbered
        """,
        ("flow", workflow),
        ("on_worker", worker),
        ("jobs", jobs),
        ("ms", timePerFrameMs),
        ("likeness", likeness),
        ("vram", vramMb),
        ("at", from ?? Now.AddDays(-3)),
        ("parameters", parameters ?? "{}"),
        ("stages", stages));
}
