namespace PerfDash.Tests.HostData;

/// <summary>Jobs of a clock that is ahead, and the digits of REAL.</summary>
public sealed class FutureAndRealTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await app.Database.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_job_dated_ahead_is_recorded_with_a_warning_and_is_not_the_latest()
    {
        var (workflow, worker) = (await app.Database.AddWorkflowAsync(), await app.Database.AddWorkerAsync());
        for (var i = 1; i <= 20; i++)
            await app.Database.AddCompletedJobAsync(workflow, worker, """{"frame_count": 1, "total_gpu_time_ms": 1000}""", DateTime.UtcNow.AddHours(-i));
        // The second is within the tolerance.
        await app.Database.AddCompletedJobAsync(workflow, worker, """{"frame_count": 1, "total_gpu_time_ms": 100000}""", DateTime.UtcNow.AddDays(400));
        await app.Database.AddCompletedJobAsync(workflow, worker, """{"frame_count": 1, "total_gpu_time_ms": 1000}""", DateTime.UtcNow.AddMinutes(2));
        await Eventually.EqualAsync(22L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));

        Assert.Equal(1, await app.Database.ScalarAsync<long>("SELECT count(*) FROM job_collections, jsonb_array_elements(warnings) AS w WHERE w ->> 'field' = 'completed_at'"));
        Assert.Equal("1000 21", (await app.GetJsonAsync($"estimate?workflow={workflow}&frames=1")).Line("expected_gpu_time_ms", "sample_size"));
        Assert.Equal("1000 21", (await app.GetJsonAsync($"estimate?workflow={workflow}&frames=1&worker={worker}")).Line("expected_gpu_time_ms", "sample_size"));
    }

    [Fact]
    public async Task A_REAL_comes_out_with_the_digits_it_was_written_with()
    {
        var (workflow, worker) = (await app.Database.AddWorkflowAsync(), await app.Database.AddWorkerAsync());
        var job = await app.Database.AddCompletedJobAsync(workflow, worker, """{"time_per_frame_ms": 812.3}""", DateTime.UtcNow.AddHours(-1));
        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));

        Assert.Equal("812.3", await RawAsync("overview", "min_time_per_frame_ms"));
        Assert.Equal("812.3", await RawAsync("overview", "max_time_per_frame_ms"));
        Assert.Equal("812.3", await RawAsync("overview", "p95_time_per_frame_ms"));
        Assert.Equal("812.3", await RawAsync("overview", "avg_time_per_frame_ms"));
        Assert.Equal("812.3", await RawAsync($"job/{job}", "time_per_frame_ms"));
        var times = (await app.GetJsonAsync($"workflow/{workflow}")).GetProperty("time_per_frame");
        Assert.Equal("812.3", times.GetProperty("min").GetRawText());
        Assert.Equal("812.3", times.GetProperty("max").GetRawText());
        Assert.Equal("812.3", times.GetProperty("p50").GetRawText());

        async Task<string> RawAsync(string route, string field) => (await app.GetJsonAsync(route)).GetProperty(field).GetRawText();
    }
}
