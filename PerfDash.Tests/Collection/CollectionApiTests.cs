using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace PerfDash.Tests.Collection;

/// <summary>
/// Tasks 2.2 and 5.1 (collecting metrics), criterion by criterion, with the whole program running. Those about alert
/// thresholds stand with the alerts.
/// </summary>
public sealed class CollectionApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private const string Result =
        """
        {"frame_count": 48, "time_per_frame_ms": 812.5, "total_gpu_time_ms": 39000, "total_wall_time_ms": 42000, "vram_peak_mb": 18210,
         "resolution_tier": "1080p", "quality_scores": {"likeness": 0.92, "face_confidence": 0.87, "motion_quality": 0.75, "boundary_ssim": 0.95},
         "pipeline_stages": [{"name": "load_model", "duration_ms": 1200}, {"name": "sample", "duration_ms": 37000}]}
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Subscribes_to_job_completion_events()
    {
        var job = await app.Database.AddRunningJobAsync(1, 1);
        Assert.Equal(0, await CountAsync("performance_metrics"));

        await app.Database.CompleteAsync(job);

        await Eventually.EqualAsync(1, () => CountAsync("performance_metrics"));
        Assert.True(await app.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%')"));
    }

    [Fact]
    public async Task Extracts_all_available_performance_data_from_the_job_result()
    {
        var job = await app.Database.AddRunningJobAsync(1, 1);
        await app.Database.CompleteAsync(job, Result);
        await Eventually.EqualAsync(1, () => CountAsync("performance_metrics"));

        var answer = await app.GetJsonAsync($"job/{job}");
        var result = JsonElement.Parse(Result);

        Assert.Equal(
            "48 812.5 39000 42000 18210 1080p",
            answer.Line("frame_count", "time_per_frame_ms", "total_gpu_time_ms", "total_wall_time_ms", "vram_peak_mb", "resolution_tier"));
        Assert.True(JsonElement.DeepEquals(result.GetProperty("quality_scores"), answer.GetProperty("quality_scores")));
        Assert.True(JsonElement.DeepEquals(result.GetProperty("pipeline_stages"), answer.GetProperty("pipeline_stages")));
        Assert.Equal(0, answer.GetProperty("warnings").GetArrayLength());
    }

    [Fact]
    public async Task The_host_pays_one_outbox_row_for_a_completed_job_and_waits_for_no_metric()
    {
        // The share of a job's time is measured by the benchmark (docs/performance.md); that it stays below 1 % rests on this.
        await FillHistoryAsync(5_000);
        var work = await WorkOfCompletingAsync(jobs: 1);

        Assert.Equal("job_completions 1, jobs 1", work.Written);
        Assert.Equal("none", work.MetricsTouched);
        Assert.Equal(0, work.HistoryRowsRead);

        var many = await WorkOfCompletingAsync(jobs: 200);
        Assert.Equal("job_completions 200, jobs 200", many.Written);
        Assert.Equal("none", many.MetricsTouched);
        Assert.Equal("2", await app.Database.ScalarAsync<string>(
            "SELECT count(*)::text FROM pg_trigger WHERE tgrelid = 'jobs'::regclass AND tgname LIKE 'perfdash%' AND tgtype & 1 = 0"));
    }

    [Fact]
    public async Task A_metric_is_inserted_from_a_job_completed_event()
    {
        using var answer = await app.Client.PostAsJsonAsync(
            "/performance/jobs/completed",
            new { external_id = "render-1", workflow = new { id = 1 }, worker = new { id = 2 }, frame_count = 10, total_gpu_time_ms = 5000, completed_at = "2024-02-29T12:00:00Z" },
            Cancel);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);

        await Eventually.EqualAsync(
            "1 2 500 5000 10 2024-02-29",
            () => app.Database.ScalarAsync<string>(
                "SELECT string_agg(concat_ws(' ', workflow_id, worker_id, time_per_frame_ms, total_gpu_time_ms, frame_count, (created_at AT TIME ZONE 'UTC')::date), ',') FROM performance_metrics"));
    }

    [Fact]
    public async Task The_overhead_of_collection_does_not_grow_with_the_history()
    {
        var first = await WorkOfCompletingAsync(jobs: 3);
        await FillHistoryAsync(5_000);
        var later = await WorkOfCompletingAsync(jobs: 3);

        Assert.Equal(first.Written, later.Written);
        Assert.Equal(("none", "none"), (first.MetricsTouched, later.MetricsTouched));
        Assert.Equal(0, later.HistoryRowsRead);
    }

    /// <summary>What a host's UPDATE does in its own transaction, by PostgreSQL's count.</summary>
    private async Task<(string Written, string MetricsTouched, long HistoryRowsRead)> WorkOfCompletingAsync(int jobs)
    {
        await using var connection = await app.Database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await ExecuteAsync($"INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'running' FROM generate_series(1, {jobs})");
        // The counts of a connection's earlier transactions may not have been handed over yet.
        await ExecuteAsync(
            """
            CREATE TEMPORARY TABLE before ON COMMIT DROP AS
            SELECT relid, n_tup_ins + n_tup_upd + n_tup_del AS written, seq_scan + coalesce(idx_scan, 0) AS scans, seq_tup_read FROM pg_stat_xact_user_tables
            """);
        await ExecuteAsync("UPDATE jobs SET status = 'completed', completed_at = now(), result = '{\"frame_count\": 48}' WHERE status = 'running'");
        await using var command = new NpgsqlCommand(
            """
            SELECT string_agg(format('%s %s', relname, written), ', ' ORDER BY relname) FILTER (WHERE written > 0),
                   coalesce(string_agg(relname, ', ') FILTER (WHERE relname LIKE 'performance%' AND scans > 0), 'none'),
                   coalesce(sum(seq_tup_read) FILTER (WHERE relname = 'job_collections'), 0)::int8
            FROM (
                SELECT s.relname, s.n_tup_ins + s.n_tup_upd + s.n_tup_del - coalesce(b.written, 0) AS written,
                       s.seq_scan + coalesce(s.idx_scan, 0) - coalesce(b.scans, 0) AS scans, s.seq_tup_read - coalesce(b.seq_tup_read, 0) AS seq_tup_read
                FROM pg_stat_xact_user_tables AS s LEFT JOIN before AS b USING (relid) WHERE s.relname <> 'before'
            ) AS work
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);
        return (reader.GetString(0), reader.GetString(1), reader.GetInt64(2));

        async Task ExecuteAsync(string sql)
        {
            await using var statement = new NpgsqlCommand(sql, connection);
            await statement.ExecuteNonQueryAsync(Cancel);
        }
    }

    private async Task FillHistoryAsync(int jobs)
    {
        await app.Database.AddJobsAsync(
            [.. Enumerable.Range(100_000, jobs).Select(i => new FarmRow { JobId = i, TimePerFrameMs = 100, CompletedAt = new DateTime(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc) })]);
        await app.Database.ExecuteAsync("ANALYZE");
    }

    private Task<long> CountAsync(string table) => app.Database.ScalarAsync<long>($"SELECT count(*) FROM {table}");
}
