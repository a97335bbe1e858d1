using System.Net;
using System.Text.Json;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Answers;

/// <summary>Tasks 3.1 (overview), 3.2 (workflow), 3.3 (workers) and 3.4 (comparison) as routes, criterion by criterion.</summary>
public sealed class FigureRoutesApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await app.Database.WriteHandMadeFarmAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Returns_total_GPU_hours_average_time_per_frame_and_VRAM_peaks()
    {
        var overview = await app.GetJsonAsync($"overview?{HandMadeFarm.Span}");

        Near(165_000 / 3_600_000d, overview.Number("total_gpu_hours"));
        Assert.Equal("7 244.286 8000 20000 13166.667", overview.Line("job_count", "avg_time_per_frame_ms", "min_vram_peak_mb", "max_vram_peak_mb", "avg_vram_peak_mb"));
    }

    [Theory]
    [InlineData("from=2024-02-26&to=2024-02-29", 2)]
    [InlineData("from=2024-02-29T23:30:00Z&to=2024-03-01T00:30:00Z", 1)]
    [InlineData("from=2024-03-01&to=2024-03-02", 2)]
    [InlineData("from=2024-03-04T10:00:00Z&to=2024-03-05", 1)]
    [InlineData("from=2024-03-05&to=2024-03-06", 0)]
    public async Task Supports_date_range_filtering(string span, int jobs) => Assert.Equal(jobs, (await app.GetJsonAsync($"overview?{span}")).Number("job_count"));

    [Fact]
    public async Task Includes_best_and_worst_workflows()
    {
        var overview = await app.GetJsonAsync($"overview?{HandMadeFarm.Span}&rank_by=time_per_frame");
        Assert.Equal(["1 135", "2 390"], overview.GetProperty("top_workflows").Lines("workflow_id", "avg_time_per_frame_ms"));
        Assert.Equal("2", overview.GetProperty("bottom_workflows").Lines("workflow_id")[0]);

        var byLikeness = await app.GetJsonAsync($"overview?{HandMadeFarm.Span}&rank_by=likeness");
        Assert.Equal(["2 0.94", "1 0.8"], byLikeness.GetProperty("top_workflows").Lines("workflow_id", "avg_likeness_score"));
    }

    [Fact]
    public async Task Returns_the_distribution_of_time_per_frame_the_breakdown_of_GPU_time_and_quality_metrics()
    {
        var workflow = await app.GetJsonAsync($"workflow/1?{HandMadeFarm.Span}");

        var times = workflow.GetProperty("time_per_frame");
        // 60, 100, 140, 240: the median half way from 100 to 140, P90 seven tenths of the way from 140 to 240.
        Assert.Equal("4 135 60 240 120 210", times.Line("count", "avg", "min", "max", "p50", "p90"));
        Near(SampleDeviation([60d, 100, 140, 240]), times.Number("stddev"));
        Assert.Equal(4, times.GetProperty("histogram").EnumerateArray().Sum(b => b.GetProperty("count").GetInt32()));
        Assert.Equal(["1 24000 0.5", "2 24000 0.5"], workflow.GetProperty("gpu_time_by_worker").Lines("worker_id", "total_gpu_time_ms", "share").Order(StringComparer.Ordinal));
        Assert.Equal("1080p 48000 1", workflow.GetProperty("gpu_time_by_resolution_tier").Lines("resolution_tier", "total_gpu_time_ms", "share")[0]);
        Assert.Equal(["likeness 3 0.8 0.7 0.9 0.8 0.1"], workflow.GetProperty("quality_scores").Lines("name", "count", "avg", "min", "max", "p50", "stddev"));
    }

    [Fact]
    public async Task The_trend_is_a_time_series_for_charting()
    {
        var points = (await app.GetJsonAsync($"workflow/1/trend?{HandMadeFarm.Span}&bucket=day&window=2")).GetProperty("points");

        Assert.Equal(
            ["2 120 12000 9000 120", "1 240 24000 9000 180", "1 60 null null 150"],
            points.Lines("job_count", "avg_time_per_frame_ms", "avg_gpu_time_ms", "avg_vram_peak_mb", "moving_avg_time_per_frame_ms"));
        DateTime[] starts = [.. points.EnumerateArray().Select(p => p.GetProperty("bucket_start").GetDateTime())];
        Assert.Equal(["02-26", "02-29", "03-01"], starts.Select(s => s.ToString("MM-dd", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.All(starts, s => Assert.Equal((DateTimeKind.Utc, TimeSpan.Zero), (s.Kind, s.TimeOfDay)));
    }

    [Fact]
    public async Task The_stage_breakdown_shows_which_nodes_take_the_most_time() => Assert.Equal(
        ["sample 2 10500 21000 0.875", "load 2 1500 3000 0.125"],
        (await app.GetJsonAsync($"workflow/1?{HandMadeFarm.Span}")).GetProperty("pipeline_stages").Lines("name", "job_count", "avg_duration_ms", "total_duration_ms", "share"));

    [Fact]
    public async Task Per_worker_speed_is_compared_across_the_same_job_types()
    {
        var worker = await app.GetJsonAsync($"worker/1?{HandMadeFarm.Span}");

        Assert.Equal(
            ["1 1080p 2 120 160 2", "2 1080p 1 90 135 2"],
            worker.GetProperty("job_types").Lines("workflow_id", "resolution_tier", "job_count", "avg_time_per_frame_ms", "fleet_avg_time_per_frame_ms", "relative_speed"));
        Near(2, worker.Number("relative_speed"));
    }

    [Fact]
    public async Task Worker_utilization_is_generating_and_idle_percentage()
    {
        // A range of 30 s that cuts the first job: busy from its start to 10:00:05, idle for the other 25 s.
        var utilization = (await app.GetJsonAsync("worker/1?from=2024-02-26T10:00:00Z&to=2024-02-26T10:00:30Z")).GetProperty("utilization");

        Assert.Equal("30000 5000 25000 16.667 83.333", utilization.Line("window_ms", "generating_ms", "idle_ms", "generating_percent", "idle_percent"));
    }

    [Fact]
    public async Task Workers_are_compared_and_ranked_by_the_efficiency_of_their_hardware()
    {
        var comparison = await app.GetJsonAsync($"workers/comparison?{HandMadeFarm.Span}");

        Assert.Equal(["1 1 2", "2 2 0.5", "3 null null"], comparison.GetProperty("workers").Lines("worker_id", "rank", "relative_speed"));
        Assert.Equal(["Card 1", "Card 2", "Card 3"], comparison.GetProperty("workers").Lines("gpu_model"));
        Assert.Equal(["2 1", "3 null"], (await app.GetJsonAsync($"workers/comparison?{HandMadeFarm.Span}&workers=3,2")).GetProperty("workers").Lines("worker_id", "rank"));
    }

    [Theory]
    [InlineData("workflows=1,2", HttpStatusCode.OK)]
    [InlineData("workflows=3,2,1", HttpStatusCode.OK)]
    [InlineData("workflows=1", HttpStatusCode.BadRequest)]
    [InlineData("workflows=1,1", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("workflows=1,99", HttpStatusCode.NotFound)]
    public async Task Accepts_two_or_more_workflow_ids_as_query_parameters(string query, HttpStatusCode expected)
    {
        using var answer = await app.Client.GetAsync(new Uri($"/performance/comparison?{query}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Returns_structured_comparison_data_with_percentage_differences()
    {
        var comparison = await app.GetJsonAsync($"comparison?workflows=1,2&{HandMadeFarm.Span}");

        var difference = Assert.Single(comparison.GetProperty("differences").EnumerateArray());
        Assert.Equal("1 2 188.889 143.75 92.593", difference.Line("baseline_workflow_id", "workflow_id", "time_per_frame_percent", "gpu_time_percent", "vram_percent"));
        Near(17.5, difference.GetProperty("quality_percent").Number("likeness"));
        Assert.Equal(JsonValueKind.Array, comparison.GetProperty("trade_offs").ValueKind);
        Assert.False(string.IsNullOrWhiteSpace(difference.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Supports_time_bounded_comparison()
    {
        var comparison = await app.GetJsonAsync("comparison?workflows=1,2&from=2024-02-26&to=2024-03-04");

        Near(0, comparison.GetProperty("differences")[0].Number("time_per_frame_percent"));
        Assert.Equal(["4", "2"], comparison.GetProperty("workflows").Lines("job_count"));
    }
}
