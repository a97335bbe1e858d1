using Npgsql;
using PerfDash.Core.Collection;

namespace PerfDash.Tests.Collection;

/// <summary>Which changes of a host's rows become metrics, and how many.</summary>
public sealed class CaptureTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private long _workflow;
    private long _worker;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        _workflow = await database.AddWorkflowAsync();
        _worker = await database.AddWorkerAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_completed_job_becomes_one_metric()
    {
        await database.CompleteAsync(await database.AddRunningJobAsync(_workflow, _worker));

        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());
        Assert.Equal(812.5f, await database.ScalarAsync<float>("SELECT time_per_frame_ms FROM performance_metrics"));
        Assert.Equal(0, await database.CountAsync("job_completions"));
    }

    [Theory]
    [InlineData("""{"run_class": "cold"}""", "cold")]
    [InlineData("""{"run_class": "lukewarm"}""", "")]
    [InlineData("""{"run_class": 7}""", "")]
    [InlineData("[1]", "")]
    [InlineData(null, "")]
    public async Task The_class_of_a_run_is_taken_from_its_parameters(string? parameters, string expected)
    {
        await database.ExecuteAsync(
            "INSERT INTO jobs (workflow_id, worker_id, status, parameters) VALUES (@workflow, @worker, 'completed', @parameters::jsonb)",
            ("workflow", _workflow), ("worker", _worker), ("parameters", (object?)parameters ?? DBNull.Value));

        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());

        Assert.Equal(expected, await database.ScalarAsync<string>("SELECT COALESCE(run_class, '') FROM performance_metrics"));
    }

    [Fact]
    public async Task A_job_inserted_as_completed_becomes_one_metric()
    {
        await database.AddCompletedJobAsync(_workflow, _worker, """{"frame_count": 4}""");

        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());
    }

    [Fact]
    public async Task Every_column_of_the_job_and_its_result_arrives()
    {
        await database.ExecuteAsync(
            """
            INSERT INTO projects (name) VALUES ('p'); INSERT INTO characters (name) VALUES ('c'); INSERT INTO scenes (name) VALUES ('s');
            INSERT INTO jobs (workflow_id, worker_id, project_id, character_id, scene_id, status, started_at, completed_at, result)
            VALUES (1, 1, 1, 1, 1, 'completed', '2026-02-18 08:59:18Z', '2026-02-18 09:00:00Z',
                    '{"frame_count": 48, "total_gpu_time_ms": 9007199254740993, "vram_peak_mb": 18210, "resolution_tier": "1080p",
                      "quality_scores": {"likeness": 0.92}, "pipeline_stages": [{"name": "load", "duration_ms": 1200}]}')
            """);

        await CollectAsync();

        Assert.Equal(
            """[1,1,1,1,1,1,1.876500e+14,9007199254740993,42000,18210,48,{"likeness": 0.92},[{"name": "load", "duration_ms": 1200}],1080p,2026-02-18T09:00:00Z]""",
            await database.ScalarAsync<string>(
                """
                SELECT format('[%s]', array_to_string(ARRAY[job_id::text, workflow_id::text, worker_id::text, project_id::text, character_id::text,
                    scene_id::text, to_char(time_per_frame_ms, '9.999999EEEE'), total_gpu_time_ms::text, total_wall_time_ms::text, vram_peak_mb::text, frame_count::text,
                    quality_scores_json::text, pipeline_stages_json::text, resolution_tier, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')], ','))
                FROM performance_metrics
                """).ContinueWith(t => t.Result.Replace("[1,1,1,1,1,1, ", "[1,1,1,1,1,1,", StringComparison.Ordinal), TaskScheduler.Default));
        Assert.Null(await database.ScalarAsync<string?>("SELECT warnings::text FROM job_collections"));
    }

    [Fact]
    public async Task One_statement_over_5000_rows_becomes_5000_metrics()
    {
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'running' FROM generate_series(1, 5000)");
        await database.ExecuteAsync("UPDATE jobs SET status = 'completed', completed_at = now()");

        Assert.Equal(new CollectedBatch(5000, 5000, 0), await DrainAsync());
        await database.AssertRecordedOnceAsync(5000);
    }

    [Fact]
    public async Task Jobs_loaded_by_COPY_become_metrics()
    {
        await using (var connection = await database.DataSource.OpenConnectionAsync(Cancel))
        await using (var copy = await connection.BeginTextImportAsync("COPY jobs (workflow_id, worker_id, status, result) FROM STDIN", Cancel))
        {
            for (var i = 0; i < 100; i++)
                await copy.WriteAsync($"{_workflow}\t{_worker}\t{(i % 2 == 0 ? "completed" : "failed")}\t{{\"frame_count\": {i}}}\n");
        }

        Assert.Equal(new CollectedBatch(50, 50, 0), await DrainAsync());
        Assert.Equal(2450, await database.ScalarAsync<long>("SELECT sum(frame_count) FROM performance_metrics"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_completed_run_again_and_completed_again_is_one_metric(bool collectedBetween)
    {
        var job = await database.AddRunningJobAsync(_workflow, _worker);
        await database.CompleteAsync(job, """{"frame_count": 1}""");
        if (collectedBetween)
            await CollectAsync();
        await database.ExecuteAsync("UPDATE jobs SET status = 'running', completed_at = NULL");
        if (collectedBetween)
            await CollectAsync();
        await database.CompleteAsync(job, """{"frame_count": 2}""");

        await DrainAsync();

        await database.AssertRecordedOnceAsync(1);
        Assert.Equal(collectedBetween ? 1 : 2, await database.ScalarAsync<int>("SELECT frame_count FROM performance_metrics"));
    }

    [Fact]
    public async Task A_completed_job_rewritten_with_another_date_stays_one_metric_as_first_recorded()
    {
        var first = new DateTime(2026, 1, 31, 23, 0, 0, DateTimeKind.Utc);
        await database.AddCompletedJobAsync(_workflow, _worker, "{}", first);
        await DrainAsync();

        await database.ExecuteAsync("UPDATE jobs SET completed_at = completed_at + INTERVAL '40 days', result = '{\"frame_count\": 9}'");

        Assert.Equal(0, await database.CountAsync("job_completions"));
        await DrainAsync();
        await database.AssertRecordedOnceAsync(1);
        Assert.Equal(first, await database.ScalarAsync<DateTime>("SELECT created_at FROM performance_metrics"));
    }

    [Fact]
    public async Task A_job_noted_several_times_before_it_is_collected_is_one_metric()
    {
        await database.AddCompletedJobAsync(_workflow, _worker, "{}");
        await database.ExecuteAsync("UPDATE jobs SET error = 'a'; UPDATE jobs SET completed_at = now() + INTERVAL '1 day'");
        Assert.Equal(3, await database.CountAsync("job_completions"));

        // In separate batches, as two instances would meet them.
        while ((await CollectAsync(1)).Claimed > 0)
        {
        }

        await database.AssertRecordedOnceAsync(1);
    }

    [Theory]
    [InlineData("pending")]
    [InlineData("running")]
    [InlineData("failed")]
    [InlineData("cancelled")]
    public async Task Any_other_status_is_no_completion(string status)
    {
        await database.AddRunningJobAsync(_workflow, _worker);
        await database.ExecuteAsync("UPDATE jobs SET status = @status, completed_at = now()", ("status", status));
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, @status)", ("status", status));

        Assert.Equal(0, await database.CountAsync("job_completions"));
        Assert.Equal(CollectedBatch.Empty, await CollectAsync());
    }

    [Fact]
    public async Task A_rolled_back_completion_is_none()
    {
        var job = await database.AddRunningJobAsync(_workflow, _worker);
        await using (var connection = await database.DataSource.OpenConnectionAsync(Cancel))
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            await CompleteAsync(connection, job);
            Assert.Equal(CollectedBatch.Empty, await CollectAsync());
            await transaction.RollbackAsync(Cancel);
        }

        Assert.Equal(CollectedBatch.Empty, await CollectAsync());
    }

    [Fact]
    public async Task An_uncommitted_completion_does_not_hold_up_a_later_one_and_is_not_passed_over()
    {
        var slow = await database.AddRunningJobAsync(_workflow, _worker);
        var quick = await database.AddRunningJobAsync(_workflow, _worker);
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await CompleteAsync(connection, slow);
        await database.CompleteAsync(quick);

        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());
        Assert.Equal(quick, await database.ScalarAsync<long>("SELECT job_id FROM performance_metrics"));
        await transaction.CommitAsync(Cancel);
        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());
        await database.AssertRecordedOnceAsync(2);
    }

    [Fact]
    public async Task Rows_a_host_holds_locked_keep_their_own_completion_waiting_and_no_other()
    {
        var busyWorker = await database.AddWorkerAsync("busy");
        await database.AddCompletedJobAsync(_workflow, busyWorker, "{}");
        var free = await database.AddCompletedJobAsync(_workflow, _worker, "{}");
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using (var hold = new NpgsqlCommand($"SELECT FROM workers WHERE id = {busyWorker} FOR UPDATE", connection))
            await hold.ExecuteNonQueryAsync(Cancel);

        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());
        Assert.Equal(free, await database.ScalarAsync<long>("SELECT job_id FROM performance_metrics"));
        Assert.Equal(0, await database.CountAsync("failed_collections"));
        await transaction.CommitAsync(Cancel);
        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());
        await database.AssertRecordedOnceAsync(2);
    }

    // The server breaks a cycle at the cost of whoever has waited for a second when it looks: at first the collector, later the host.
    [Theory]
    [InlineData(0)]
    [InlineData(1300)]
    public async Task A_host_that_deletes_jobs_never_loses_to_the_collector(int laterMs)
    {
        var first = await database.AddCompletedJobAsync(_workflow, _worker, "{}");
        var second = await database.AddCompletedJobAsync(_workflow, _worker, "{}");
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await DeleteAsync(second);

        // Holds the first job and waits for the second, which the host holds; the host then wants the first.
        var collecting = CollectAsync();
        await Eventually.EqualAsync(1, () => database.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple') AND pid <> pg_backend_pid()"));
        await Task.Delay(laterMs, Cancel);
        await DeleteAsync(first);
        await transaction.CommitAsync(Cancel);

        await collecting;
        await DrainAsync();
        Assert.Equal(0, await database.CountAsync("performance_metrics"));
        Assert.Equal(0, await database.CountAsync("job_completions"));

        async Task DeleteAsync(long job)
        {
            await using var command = new NpgsqlCommand($"DELETE FROM jobs WHERE id = {job}", connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }

    [Fact]
    public async Task A_metrics_date_is_the_jobs_completion_or_now_where_it_has_none()
    {
        var completed = new DateTime(2025, 11, 5, 12, 30, 0, DateTimeKind.Utc);
        await database.AddCompletedJobAsync(_workflow, _worker, "{}", completed);
        var undated = await database.AddCompletedJobAsync(_workflow, _worker, "{}");
        var before = await database.ScalarAsync<DateTime>("SELECT clock_timestamp()");

        await CollectAsync();

        Assert.Equal(completed, await database.ScalarAsync<DateTime>("SELECT min(created_at) FROM performance_metrics"));
        Assert.InRange(
            await database.ScalarAsync<DateTime>("SELECT created_at FROM performance_metrics WHERE job_id = @id", ("id", undated)),
            before,
            await database.ScalarAsync<DateTime>("SELECT clock_timestamp()"));
    }

    [Theory]
    [InlineData("'2026-02-18 10:00Z'", "'2026-02-18 09:00Z'", "completed_at")]
    [InlineData("'-infinity'", "'2026-02-18 09:00Z'", "started_at")]
    [InlineData("'2026-02-18 09:00Z'", "'infinity'", "completed_at")]
    [InlineData("'4000-01-01 BC'", "'20000-01-01'", "started_at,completed_at")]
    public async Task Dates_that_make_no_sense_cost_the_wall_time_and_are_warned_of(string started, string completed, string warned)
    {
        await database.ExecuteAsync($$"""
            INSERT INTO jobs (workflow_id, worker_id, status, started_at, completed_at, result) VALUES (1, 1, 'completed', {{started}}, {{completed}}, '{"frame_count": 5}')
            """);

        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());
        Assert.Equal(5, await database.ScalarAsync<int>("SELECT frame_count FROM performance_metrics WHERE total_wall_time_ms IS NULL AND isfinite(created_at)"));
        Assert.Equal(warned, string.Join(',', Assert.Single(await database.Get<CollectionQueries>().GetWarningsAsync(Cancel)).Warnings.Select(w => w.Field)));
    }

    [Fact]
    public async Task A_project_that_does_not_exist_is_warned_of_and_the_rest_recorded()
    {
        await database.ExecuteAsync("ALTER TABLE jobs DROP CONSTRAINT jobs_project_id_fkey, DROP CONSTRAINT jobs_scene_id_fkey");
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, project_id, scene_id, status) VALUES (1, 1, 404, 405, 'completed')");

        Assert.Equal(new CollectedBatch(1, 1, 0), await CollectAsync());
        Assert.Equal(1, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE project_id IS NULL AND scene_id IS NULL"));
        Assert.Equal(["project_id", "scene_id"], Assert.Single(await database.Get<CollectionQueries>().GetWarningsAsync(Cancel)).Warnings.Select(w => w.Field));

        await database.ClearAsync();
        await database.ExecuteAsync("ALTER TABLE jobs ADD CONSTRAINT jobs_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects, ADD CONSTRAINT jobs_scene_id_fkey FOREIGN KEY (scene_id) REFERENCES scenes");
    }

    [Fact]
    public async Task A_job_deleted_before_it_is_collected_leaves_nothing_behind()
    {
        await database.AddCompletedJobAsync(_workflow, _worker, "{}");
        await database.ExecuteAsync("DELETE FROM jobs");

        Assert.Equal(new CollectedBatch(1, 0, 0), await CollectAsync());
        Assert.Equal(0, await database.CountAsync("performance_metrics") + await database.CountAsync("failed_collections"));
    }

    [Fact]
    public async Task A_result_with_pictures_inside_is_read_without_them()
    {
        // Incompressible, so that it is large where it is stored.
        const string Picture = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 5000) AS i)";
        await database.ExecuteAsync($$"""
            INSERT INTO jobs (workflow_id, worker_id, status, result) VALUES
                (1, 1, 'completed', jsonb_build_object('image', {{Picture}}, 'frame_count', 7, 'quality_scores', '{"likeness": 0.5}'::jsonb)),
                (1, 1, 'completed', jsonb_build_object('image', {{Picture}})), (1, 1, 'completed', jsonb_build_array({{Picture}})), (1, 1, 'completed', to_jsonb({{Picture}}))
            """);

        Assert.Equal(new CollectedBatch(4, 4, 0), await CollectAsync());
        Assert.Equal(1, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE frame_count = 7 AND quality_scores_json = '{\"likeness\": 0.5}'"));
        Assert.Equal(2, await database.ScalarAsync<long>("SELECT count(*) FROM job_collections WHERE job_id IN (3, 4) AND warnings IS NOT NULL"));
        Assert.Equal(2, await database.ScalarAsync<long>("SELECT count(*) FROM job_collections WHERE job_id IN (1, 2) AND warnings IS NULL"));
    }

    [Fact]
    public async Task Bulk_writers_can_switch_capture_off_for_their_transaction()
    {
        await database.ExecuteAsync("SET LOCAL perfdash.capture = 'off'; INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed')");
        Assert.Equal(0, await database.CountAsync("job_completions"));

        await database.ExecuteAsync("UPDATE jobs SET error = NULL");
        Assert.Equal(1, await database.CountAsync("job_completions"));
    }

    [Fact]
    public async Task Several_instances_share_the_outbox_and_record_every_job_once()
    {
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'completed' FROM generate_series(1, 2000); UPDATE jobs SET error = 'noted again'");
        await using var other = TestDatabase.ServicesOver(database.ConnectionString);
        MetricCollector[] collectors = [database.Get<MetricCollector>(), (MetricCollector)other.GetService(typeof(MetricCollector))!];

        var recorded = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            var sum = 0;
            while (await database.CountAsync("job_completions") > 0)
                sum += (await collectors[i % 2].CollectAsync(50, Cancel)).Recorded;
            return sum;
        }));

        Assert.Equal(2000, recorded.Sum());
        await database.AssertRecordedOnceAsync(2000);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task CompleteAsync(NpgsqlConnection connection, long job)
    {
        await using var command = new NpgsqlCommand($"UPDATE jobs SET status = 'completed', completed_at = now() WHERE id = {job}", connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private Task<CollectedBatch> CollectAsync(int limit = 1000) => database.Get<MetricCollector>().CollectAsync(limit, Cancel);

    private Task<CollectedBatch> DrainAsync() => database.DrainAsync();
}
