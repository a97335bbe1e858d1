using System.Net;
using System.Text.Json;

namespace PerfDash.Tests.Workflows;

/// <summary>The routes over figures as other programs see them: names of fields, nulls, and errors.</summary>
public sealed class FigureRoutesTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private const string Summary =
        "job_count avg_time_per_frame_ms min_time_per_frame_ms max_time_per_frame_ms p50_time_per_frame_ms p95_time_per_frame_ms " +
        "avg_gpu_time_ms min_gpu_time_ms max_gpu_time_ms total_gpu_time_ms avg_vram_peak_mb min_vram_peak_mb max_vram_peak_mb total_frames " +
        "avg_likeness_score quality total_cost";

    private const string Span = "from=2024-02-20&to=2024-03-20";

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("workflow/1", "", Summary + " workflow_id workflow_name time_per_frame gpu_time_by_worker gpu_time_by_resolution_tier quality_scores pipeline_stages share_of_jobs_without_stages")]
    [InlineData("workflow/1", "time_per_frame", "count avg min max stddev p50 p90 p95 p99 histogram")]
    [InlineData("workflow/1", "time_per_frame.histogram.0", "lower upper count")]
    [InlineData("workflow/1", "gpu_time_by_worker.0", "worker_id worker_name total_gpu_time_ms share")]
    [InlineData("workflow/1", "gpu_time_by_resolution_tier.0", "resolution_tier total_gpu_time_ms share")]
    [InlineData("workflow/1", "quality_scores.0", "name count avg min max stddev p50 p90 p95 p99 histogram")]
    [InlineData("workflow/1", "pipeline_stages.0", "name job_count avg_duration_ms p50_duration_ms p95_duration_ms total_duration_ms share")]
    [InlineData("workflow/1/trend", "", "workflow_id workflow_name bucket time_zone window points")]
    [InlineData("workflow/1/trend", "points.0", "bucket_start job_count avg_time_per_frame_ms avg_gpu_time_ms avg_vram_peak_mb quality moving_avg_time_per_frame_ms")]
    [InlineData("workflow/1/trend", "points.-1.quality.likeness", "avg moving_avg")]
    [InlineData("worker/1", "", Summary + " worker_id worker_name gpu_model utilization relative_speed relative_speed_interval job_types")]
    [InlineData("worker/1", "utilization", "window_ms generating_ms idle_ms generating_percent idle_percent")]
    [InlineData("worker/1", "job_types.0", "workflow_id workflow_name resolution_tier run_class job_count avg_time_per_frame_ms fleet_avg_time_per_frame_ms relative_speed")]
    [InlineData("workers/comparison", "", "workers job_types")]
    [InlineData("workers/comparison", "workers.0", Summary + " worker_id worker_name gpu_model rank relative_speed relative_speed_interval utilization")]
    [InlineData("workers/comparison", "job_types.0", "workflow_id workflow_name resolution_tier run_class workers")]
    [InlineData("workers/comparison", "job_types.0.workers.0", "worker_id job_count avg_time_per_frame_ms")]
    [InlineData("quality", "scores.0", "name count avg workflows")]
    [InlineData("quality", "scores.0.workflows.0", "workflow_id workflow_name count avg histogram")]
    [InlineData("quality/correlation?parameter=cfg&score=likeness", "", "parameter score count job_count is_sample pearson pearson_interval spearman spearman_interval points parameters categorical_parameters scores groups")]
    [InlineData("quality/correlation?parameter=cfg&score=likeness", "points.0", "job_id x y")]
    [InlineData("quality/correlation?parameter=sampler&score=likeness", "groups.0", "value count avg")]
    [InlineData("jobs", "", "items next_cursor")]
    [InlineData("jobs", "items.0", "job_id external_id workflow_id workflow_name workflow_external_id worker_id worker_name worker_external_id gpu_model " +
        "project_id project_name character_id character_name scene_id scene_name resolution_tier run_class time_per_frame_ms total_gpu_time_ms total_wall_time_ms vram_peak_mb frame_count " +
        "quality_scores pipeline_stages parameters queued_at started_at completed_at created_at")]
    public async Task An_answer_has_exactly_these_fields(string route, string part, string fields)
    {
        await app.Database.AddJobsAsync(FarmRows.MakeUp(seed: 1, jobs: 300, new DateTime(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc), days: 20));

        var answer = await GetAsync(route);

        Assert.Equal(fields.Split(' ').Order(), Part(answer, part).EnumerateObject().Select(p => p.Name).Order());
    }

    [Theory]
    [InlineData("workflow/1")]
    [InlineData("workflow/1/trend")]
    [InlineData("worker/1")]
    [InlineData("workers/comparison")]
    [InlineData("quality")]
    [InlineData("quality/correlation?parameter=cfg&score=likeness")]
    [InlineData("jobs")]
    public async Task An_empty_range_answers_with_nulls_and_empty_lists(string route)
    {
        var answer = await GetAsync(route);

        foreach (var property in answer.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Array))
            Assert.Equal(0, property.Value.GetArrayLength());
        string[] counted = ["job_count", "count", "window", "worker_id", "workflow_id"];
        Assert.DoesNotContain(answer.EnumerateObject(), p => p.Value.ValueKind == JsonValueKind.Number && !counted.Contains(p.Name));
    }

    [Theory]
    [InlineData("workflow/1?from=yesterday", "from")]
    [InlineData("workflow/1?from=2024-03-20&to=2024-02-20", "from")]
    [InlineData("workflow/1/trend?bucket=year", "bucket")]
    [InlineData("workflow/1/trend?time_zone=Mars/Olympus", "time_zone")]
    [InlineData("workflow/1/trend?window=0", "window")]
    [InlineData("workflow/1/trend?window=-3", "window")]
    [InlineData("workflow/1/trend?window=1.5", "window")]
    [InlineData("workflow/1/trend?window=99999999999", "window")]
    [InlineData("worker/1?project_id=x", "project_id")]
    [InlineData("workers/comparison?workers=1,two", "workers")]
    [InlineData("workers/comparison?workers=1,", "workers")]
    [InlineData("quality?to=never", "to")]
    [InlineData("quality/correlation?score=likeness", "parameter")]
    [InlineData("quality/correlation?parameter=cfg", "score")]
    [InlineData("quality/correlation?parameter=%00&score=likeness", "parameter")]
    [InlineData("jobs?limit=0", "limit")]
    [InlineData("jobs?limit=1001", "limit")]
    [InlineData("jobs?limit=ten", "limit")]
    [InlineData("jobs?sort=name", "sort")]
    [InlineData("jobs?cursor=abc", "cursor")]
    public async Task What_cannot_be_read_is_refused_by_name(string route, string field)
    {
        using var answer = await app.Client.GetAsync(new Uri($"/performance/{route}", UriKind.Relative), TestContext.Current.CancellationToken);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal([field], body.RootElement.GetProperty("errors").EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData("workflow/99")]
    [InlineData("workflow/x")]
    [InlineData("workflow/99/trend")]
    [InlineData("worker/99")]
    [InlineData("workers/comparison?workers=1,99")]
    public async Task What_does_not_exist_is_not_found(string route)
    {
        using var answer = await app.Client.GetAsync(new Uri($"/performance/{route}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData("overview")]
    [InlineData("throughput")]
    [InlineData("workflow/1")]
    [InlineData("workflow/1/trend")]
    [InlineData("worker/1")]
    [InlineData("workers/comparison")]
    [InlineData("jobs")]
    [InlineData("jobs?sort=-time_per_frame_ms&limit=1")]
    [InlineData("job/1")]
    public async Task A_time_that_is_no_number_breaks_no_answer(string route)
    {
        var moment = new DateTime(2024, 2, 22, 0, 0, 0, DateTimeKind.Utc);
        await app.Database.AddJobsAsync(
        [
            new FarmRow { JobId = 1, TimePerFrameMs = float.NaN, CompletedAt = moment },
            new FarmRow { JobId = 2, TimePerFrameMs = float.PositiveInfinity, WorkerId = 2, CompletedAt = moment },
            new FarmRow { JobId = 3, TimePerFrameMs = 5, CompletedAt = moment },
        ]);

        Assert.Equal(JsonValueKind.Object, (await GetAsync(route)).ValueKind);
    }

    [Fact]
    public async Task A_cursor_leads_through_all_jobs()
    {
        await app.Database.AddJobsAsync(FarmRows.MakeUp(seed: 1, jobs: 25, new DateTime(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc), days: 20));
        var seen = new List<long>();
        var next = "";
        do
        {
            var page = await GetAsync($"jobs?limit=7&sort=-time_per_frame_ms&cursor={next}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("job_id").GetInt64()));
            next = page.GetProperty("next_cursor").GetString();
        }
        while (next is not null);

        Assert.Equal(Enumerable.Range(1, 25).Select(i => (long)i), seen.Order());
    }

    private async Task<JsonElement> GetAsync(string route)
    {
        var text = await app.Client.GetStringAsync(
            new Uri($"/performance/{route}{(route.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Span}", UriKind.Relative), TestContext.Current.CancellationToken);
        return JsonElement.Parse(text);
    }

    private static JsonElement Part(JsonElement whole, string path)
    {
        foreach (var step in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            whole = int.TryParse(step, out var index)
                ? whole[index < 0 ? whole.GetArrayLength() + index : index]
                : whole.GetProperty(step);
        }

        return whole;
    }
}
