using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Metrics;

/// <summary>The filter of warm, cold and cached runs on every route.</summary>
public sealed class RunClassFilterTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        // Three cold runs of 9 s, five warm ones of 4 s, and one that failed.
        await app.Database.ExecuteAsync(
            """
            INSERT INTO workflows (name) VALUES ('one'), ('two'); INSERT INTO workers (name) VALUES ('w'), ('v');
            INSERT INTO jobs (workflow_id, worker_id, status, parameters, result)
            SELECT 1, 1, 'completed', jsonb_build_object('run_class', CASE WHEN i < 3 THEN 'cold' ELSE 'warm' END, 'cfg', i),
                   jsonb_build_object('frame_count', 10, 'total_gpu_time_ms', CASE WHEN i < 3 THEN 9000 ELSE 4000 END, 'quality_scores', jsonb_build_object('likeness', 0.5, 'other', 0.1))
            FROM generate_series(0, 7) AS i;
            INSERT INTO jobs (workflow_id, worker_id, status, completed_at, error) VALUES (1, 1, 'failed', now(), 'broken');
            """);
        await Eventually.EqualAsync(8L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("overview", 3)]
    [InlineData("workflow/1", 3)]
    [InlineData("worker/1", 3)]
    [InlineData("throughput")]
    [InlineData("workflow/1/trend")]
    [InlineData("workers/comparison")]
    [InlineData("workers/coverage")]
    [InlineData("workers/failures")]
    [InlineData("worker/1/drift")]
    [InlineData("comparison?workflows=1,2")]
    [InlineData("comparison/history?workflow=1")]
    [InlineData("comparison/history/proposals?workflow=1")]
    [InlineData("quality")]
    [InlineData("quality/correlation?parameter=cfg&score=other", 3, "count")]
    [InlineData("cost")]
    [InlineData("cost?score=other&min=0")]
    [InlineData("jobs")]
    [InlineData("jobs?sort=-likeness")]
    public async Task Only_runs_of_the_class_count(string route, int? expected = null, string field = "job_count")
    {
        using var answer = await app.Client.GetAsync($"/performance/{route}{(route.Contains('?', StringComparison.Ordinal) ? '&' : '?')}run_class=cold", Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        if (expected is not null)
            Assert.Equal(expected, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty(field).GetInt32());
    }

    [Fact]
    public async Task An_unknown_class_is_refused_and_the_list_names_the_class()
    {
        using var refused = await app.Client.GetAsync("/performance/overview?run_class=hot", Cancel);
        var jobs = await app.Client.GetFromJsonAsync<JsonElement>("/performance/jobs?run_class=cold", Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("run_class must be warm, cold or cached.", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(["cold", "cold", "cold"], jobs.GetProperty("items").EnumerateArray().Select(j => j.GetProperty("run_class").GetString()));
    }

    [Theory]
    [InlineData("warm", 400)]
    [InlineData("cold", 900)]
    public async Task An_estimate_is_of_the_class_asked_for(string runClass, double expected)
    {
        var estimate = await app.Client.GetFromJsonAsync<JsonElement>($"/performance/estimate?workflow=1&frames=10&run_class={runClass}", Cancel);

        Assert.Equal(expected, estimate.GetProperty("expected_time_per_frame_ms").GetDouble(), 1e-6);
        Assert.Equal(runClass == "warm" ? 3 : 5, estimate.GetProperty("left_out_jobs").GetInt32());
    }
}
