using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Metrics;

/// <summary>
/// Tasks 2.3 (aggregation), 2.4 (comparison) and 5.2 (their tests), criterion by criterion. That 30 days are answered in time
/// is <see cref="QueryPlanTests"/>.
/// </summary>
public sealed class AggregationTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static readonly string[] Speeds =
    [
        "avg_time_per_frame_ms", "min_time_per_frame_ms", "max_time_per_frame_ms", "avg_gpu_time_ms", "min_gpu_time_ms", "max_gpu_time_ms",
        "avg_vram_peak_mb", "min_vram_peak_mb", "max_vram_peak_mb",
    ];

    public async ValueTask InitializeAsync() => await app.Database.WriteHandMadeFarmAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Per_workflow_aggregation_has_average_minimum_and_maximum_of_time_per_frame_GPU_time_and_VRAM_peak() => Assert.Equal(
        "135 60 240 16000 10000 24000 9000 8000 10000", (await app.GetJsonAsync($"workflow/1?{HandMadeFarm.Span}")).Line(Speeds));

    [Fact]
    public async Task Per_worker_aggregation_has_the_same_metrics_and_the_utilization_percentage()
    {
        var worker = await app.GetJsonAsync($"worker/1?{HandMadeFarm.Span}");

        Assert.Equal("110 90 140 11000 9000 14000 11333.333 8000 16000", worker.Line(Speeds));
        // 12 s and 16 s that overlap by 11 s, and 10 s, of 8 days.
        var utilization = worker.GetProperty("utilization");
        Assert.Equal("691200000 27000 691173000", utilization.Line("window_ms", "generating_ms", "idle_ms"));
        Near(100 * 27d / 691_200, utilization.Number("generating_percent"));
        Near(100 - (100 * 27d / 691_200), utilization.Number("idle_percent"));
    }

    [Theory]
    [InlineData("day", "2024-02-26 2, 2024-02-27 0, 2024-02-28 0, 2024-02-29 1, 2024-03-01 2, 2024-03-02 0, 2024-03-03 1, 2024-03-04 1")]
    [InlineData("week", "2024-02-26 6, 2024-03-04 1")]
    [InlineData("month", "2024-02-01 3, 2024-03-01 4")]
    public async Task Time_series_group_metrics_by_day_week_and_month(string bucket, string expected)
    {
        var points = (await app.GetJsonAsync($"throughput?{HandMadeFarm.Span}&bucket={bucket}")).GetProperty("points").EnumerateArray().ToList();

        Assert.Equal(expected, string.Join(", ", points.ConvertAll(p => $"{p.GetProperty("bucket_start").GetDateTime():yyyy-MM-dd} {p.GetProperty("job_count")}")));
        Assert.All(points.Where(p => p.Number("job_count") == 0), p => Assert.Null(p.Number("avg_time_per_frame_ms")));
    }

    [Fact]
    public async Task Quality_score_trends_have_moving_averages()
    {
        var points = (await app.GetJsonAsync($"workflow/2/trend?{HandMadeFarm.Span}&bucket=day&window=2")).GetProperty("points").EnumerateArray();

        Assert.Equal(["0.92 0.92", "0.94 0.93", "0.96 0.95"], points.Select(p => p.GetProperty("quality").GetProperty("likeness").Line("avg", "moving_avg")));
    }

    [Fact]
    public async Task Takes_a_list_of_workflow_ids_and_a_time_range()
    {
        var comparison = await app.GetJsonAsync("comparison?workflows=2,1,3&from=2024-03-01&to=2024-03-04");

        Assert.Equal(["2 2", "1 1", "3 0"], comparison.GetProperty("workflows").Lines("workflow_id", "job_count"));
    }

    [Fact]
    public async Task Returns_speed_quality_and_resource_usage_side_by_side()
    {
        var comparison = await app.GetJsonAsync($"comparison?workflows=1,2&{HandMadeFarm.Span}");

        Assert.Equal(
            ["1 135 0.8 9000 16000 48000", "2 390 0.94 17333.333 39000 117000"],
            comparison.GetProperty("workflows").Lines("workflow_id", "avg_time_per_frame_ms", "avg_likeness_score", "avg_vram_peak_mb", "avg_gpu_time_ms", "total_gpu_time_ms"));
    }

    [Fact]
    public async Task Calculates_percentage_differences_and_says_that_one_is_20_percent_slower_but_15_percent_better()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
        await app.Database.AddJobsAsync([.. Pair(workflow: 1, 100, 0.8, from: 1), .. Pair(workflow: 2, 120, 0.92, from: 1001)]);

        var difference = (await app.GetJsonAsync($"comparison?workflows=1,2&{HandMadeFarm.Span}")).GetProperty("differences")[0];

        Assert.Equal("1 2 20 slower better", difference.Line("baseline_workflow_id", "workflow_id", "time_per_frame_percent", "speed_verdict", "quality_verdict"));
        Near(15, difference.GetProperty("quality_percent").Number("likeness"), 1e-6);
        Assert.StartsWith("Workflow 2 is 20 % slower per frame than Workflow 1", difference.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("15 % higher likeness", difference.GetProperty("text").GetString(), StringComparison.Ordinal);

        static IEnumerable<FarmRow> Pair(long workflow, float timeMs, double likeness, long from) => Enumerable.Range(0, 60).Select(i => new FarmRow
        {
            JobId = from + i,
            WorkflowId = workflow,
            WorkerId = 1 + (i % 2),
            TimePerFrameMs = timeMs * (i % 4 < 2 ? 0.95f : 1.05f),
            Scores = new Dictionary<string, double> { ["likeness"] = likeness * (i % 4 < 2 ? 0.99 : 1.01) },
            CompletedAt = new DateTime(2024, 2, 27, 0, i, 0, DateTimeKind.Utc),
        });
    }

    [Fact]
    public async Task Supports_historical_comparison_of_one_workflow_over_two_periods()
    {
        var history = await app.GetJsonAsync("comparison/history?workflow=2&before_from=2024-03-01&before_to=2024-03-04&after_from=2024-03-04&after_to=2024-03-05");

        Assert.Equal("2 135", history.GetProperty("before").Line("job_count", "avg_time_per_frame_ms"));
        Assert.Equal("1 900", history.GetProperty("after").Line("job_count", "avg_time_per_frame_ms"));
        Near(100 * (900 - 135) / 135d, history.GetProperty("difference").Number("time_per_frame_percent"));
        Assert.Equal("inconclusive", history.GetProperty("difference").GetProperty("speed_verdict").GetString());
    }

    [Fact]
    public async Task Per_workflow_aggregation_returns_correct_averages()
    {
        var jobs = await MakeUpAsync();
        for (var id = 1; id <= 3; id++)
        {
            var (workflow, own) = (await app.GetJsonAsync($"workflow/{id}?{Whole}"), jobs.Where(j => j.WorkflowId == id).ToList());
            Near(Mean(own.Select(j => (double?)j.TimePerFrameMs).OfType<double>()), workflow.Number("avg_time_per_frame_ms"));
            Near(Mean(own.Select(j => (double?)j.GpuTimeMs).OfType<double>()), workflow.Number("avg_gpu_time_ms"));
            Near(Mean(own.Select(j => (double?)j.VramMb).OfType<double>()), workflow.Number("avg_vram_peak_mb"));
            Near(Mean(own.Where(j => j.Scores.ContainsKey("likeness")).Select(j => j.Scores["likeness"])), workflow.Number("avg_likeness_score"));
        }
    }

    [Fact]
    public async Task Per_worker_aggregation_includes_the_utilization()
    {
        var jobs = await MakeUpAsync();
        var (from, to) = (new DateTime(2024, 2, 1, 0, 0, 0, DateTimeKind.Utc), new DateTime(2024, 4, 1, 0, 0, 0, DateTimeKind.Utc));
        for (var id = 1; id <= 5; id++)
        {
            // Every millisecond at which a job starts or ends, and whether one runs from there to the next.
            var runs = jobs.Where(j => j.WorkerId == id && j.WallTimeMs > 0).Select(j => (From: j.CompletedAt.AddMilliseconds(-j.WallTimeMs!.Value), To: j.CompletedAt)).ToList();
            DateTime[] edges = [.. runs.SelectMany(r => new[] { r.From, r.To }).Where(e => e >= from && e < to).Distinct().Order()];
            var busyMs = edges.Zip(edges.Skip(1)).Where(step => runs.Exists(r => r.From <= step.First && r.To >= step.Second)).Sum(step => (step.Second - step.First).TotalMilliseconds);

            var worker = await app.GetJsonAsync($"worker/{id}?{Whole}");

            Assert.Equal(jobs.Count(j => j.WorkerId == id), worker.Number("job_count"));
            Near(100 * busyMs / (to - from).TotalMilliseconds, worker.GetProperty("utilization").Number("generating_percent"), 1e-6);
        }
    }

    [Theory]
    [InlineData("day")]
    [InlineData("week")]
    [InlineData("month")]
    public async Task Time_series_group_by_day_week_and_month(string bucket)
    {
        var jobs = await MakeUpAsync();
        var expected = jobs.ToLookup(j => bucket switch
        {
            "day" => j.CompletedAt.Date,
            "week" => j.CompletedAt.Date.AddDays(-(((int)j.CompletedAt.DayOfWeek + 6) % 7)),
            _ => new DateTime(j.CompletedAt.Year, j.CompletedAt.Month, 1, 0, 0, 0, DateTimeKind.Utc),
        });

        foreach (var point in (await app.GetJsonAsync($"throughput?{Whole}&bucket={bucket}")).GetProperty("points").EnumerateArray())
        {
            var own = expected[point.GetProperty("bucket_start").GetDateTime()].ToList();
            Assert.Equal(own.Count, point.Number("job_count"));
            Near(Mean(own.Select(j => (double?)j.TimePerFrameMs).OfType<double>()), point.Number("avg_time_per_frame_ms"));
        }
    }

    [Fact]
    public async Task Workflow_comparison_returns_percentage_differences()
    {
        var jobs = await MakeUpAsync();

        var comparison = await app.GetJsonAsync($"comparison?workflows=3,1,2&{Whole}");

        foreach (var difference in comparison.GetProperty("differences").EnumerateArray())
        {
            var other = difference.GetProperty("workflow_id").GetInt64();
            Near(Percent(j => j.TimePerFrameMs), difference.Number("time_per_frame_percent"));
            Near(Percent(j => j.GpuTimeMs), difference.Number("gpu_time_percent"));
            Near(Percent(j => j.VramMb), difference.Number("vram_percent"));
            Near(Percent(j => j.Scores.TryGetValue("likeness", out var likeness) ? likeness : null), difference.GetProperty("quality_percent").Number("likeness"));

            double? Percent(Func<FarmRow, double?> figure)
            {
                var (baseline, own) = (jobs.Where(j => j.WorkflowId == 3).Average(figure), jobs.Where(j => j.WorkflowId == other).Average(figure));
                return 100 * (own - baseline) / baseline;
            }
        }

        Assert.Equal(["3 1", "3 2"], comparison.GetProperty("differences").Lines("baseline_workflow_id", "workflow_id"));
    }

    private const string Whole = "from=2024-02-01&to=2024-04-01";

    private async Task<List<FarmRow>> MakeUpAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
        var jobs = FarmRows.MakeUp(seed: 52, jobs: 500, new DateTime(2024, 2, 16, 0, 0, 0, DateTimeKind.Utc), days: 30);
        await app.Database.AddJobsAsync(jobs);
        return jobs;
    }
}
