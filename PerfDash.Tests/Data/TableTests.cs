using Npgsql;
using PerfDash.Data.Migrations;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Data;

/// <summary>Tasks 1.1 (table of metrics) and 1.2 (table of thresholds), criterion by criterion.</summary>
public sealed class TableTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await database.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task All_FK_columns_have_indexes() => Assert.Equal(
        "character_id true, job_id true, project_id true, scene_id true, worker_id true, workflow_id true",
        await database.ScalarAsync<string>(
            """
            SELECT string_agg(format('%s %s', a.attname, indexed), ', ' ORDER BY a.attname)
            FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
            CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = k.conrelid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)::text AS indexed) AS x
            WHERE k.contype = 'f' AND k.conrelid = 'performance_metrics'::regclass
            """));

    [Fact]
    public async Task Created_at_is_indexed_for_time_range_queries()
    {
        await database.ExecuteAsync("SELECT perfdash_ensure_metrics_month('2024-02-20Z')");

        Assert.Equal(0, await database.ScalarAsync<long>(
            """
            SELECT count(*) FROM pg_inherits WHERE inhparent = 'performance_metrics'::regclass AND NOT EXISTS (
                SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = inhrelid AND a.attname = 'created_at' AND i.indpred IS NULL)
            """));
    }

    [Fact]
    public async Task Quality_scores_and_pipeline_stages_are_JSONB_of_any_shape()
    {
        await AddMetricAsync("""{"likeness": 0.92, "a score nobody knew": 7}""", """[{"name": "load_model", "duration_ms": 1200}, {"name": "new node", "duration_ms": 3}]""");

        Assert.Equal("jsonb jsonb 7 new node", await database.ScalarAsync<string>(
            """
            SELECT concat_ws(' ', pg_typeof(quality_scores_json), pg_typeof(pipeline_stages_json), quality_scores_json ->> 'a score nobody knew', pipeline_stages_json -> 1 ->> 'name')
            FROM performance_metrics
            """));
    }

    [Fact]
    public async Task No_updated_at_and_metrics_are_immutable_once_recorded()
    {
        var (workflow, worker) = (await database.AddWorkflowAsync(), await database.AddWorkerAsync());
        var job = await database.AddRunningJobAsync(workflow, worker);
        await database.CompleteAsync(job, """{"time_per_frame_ms": 100}""");
        await database.DrainAsync();
        var recorded = await database.ScalarAsync<string>("SELECT performance_metrics::text FROM performance_metrics");

        await database.CompleteAsync(job, """{"time_per_frame_ms": 999}""");
        await database.DrainAsync();

        Assert.Equal(recorded, await database.ScalarAsync<string>("SELECT string_agg(performance_metrics::text, ',') FROM performance_metrics"));
        Assert.False(await database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'performance_metrics'::regclass AND attname = 'updated_at')"));
    }

    [Fact]
    public async Task The_migration_applies_cleanly()
    {
        Assert.Equal(DatabaseMigrator.All.Count, await database.ScalarAsync<long>("SELECT count(*) FROM perfdash_migrations"));
        Assert.Empty(await database.Get<DatabaseMigrator>().MigrateAsync(TestContext.Current.CancellationToken));
        Assert.True(await database.ScalarAsync<bool>("SELECT bool_and(indisvalid AND indisready) FROM pg_index"));
        Assert.True(await database.ScalarAsync<bool>("SELECT bool_and(convalidated) FROM pg_constraint"));
    }

    [Fact]
    public async Task Supports_global_per_workflow_and_per_worker_thresholds()
    {
        await AddThresholdAsync("'global', NULL");
        await AddThresholdAsync("'workflow', 7");
        await AddThresholdAsync("'worker', 3");

        Assert.Equal("global , worker 3, workflow 7", await database.ScalarAsync<string>(
            "SELECT string_agg(format('%s %s', scope_type, scope_id), ', ' ORDER BY scope_type) FROM performance_alert_thresholds"));
        await Assert.ThrowsAsync<PostgresException>(() => AddThresholdAsync("'project', 1"));
    }

    [Theory]
    [InlineData("time_per_frame_ms")]
    [InlineData("total_gpu_time_ms")]
    [InlineData("total_wall_time_ms")]
    [InlineData("vram_peak_mb")]
    [InlineData("quality.likeness")]
    public async Task Has_warning_and_critical_levels_for_each_metric(string metric)
    {
        await AddThresholdAsync("'global', NULL", metric);

        Assert.Equal("0.5 0.75", await database.ScalarAsync<string>($"SELECT concat_ws(' ', warning_threshold, critical_threshold) FROM performance_alert_thresholds WHERE metric_name = '{metric}'"));
        foreach (var level in (string[])["warning_threshold", "critical_threshold"])
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync($"UPDATE performance_alert_thresholds SET {level} = NULL"));
            Assert.Equal(PostgresErrorCodes.NotNullViolation, refused.SqlState);
        }
    }

    [Fact]
    public async Task An_enabled_flag_toggles_without_deleting()
    {
        await AddThresholdAsync("'global', NULL");

        await database.ExecuteAsync("UPDATE performance_alert_thresholds SET enabled = NOT enabled");
        Assert.False(await database.ScalarAsync<bool>("SELECT enabled FROM performance_alert_thresholds"));
        await database.ExecuteAsync("UPDATE performance_alert_thresholds SET enabled = NOT enabled");
        Assert.True(await database.ScalarAsync<bool>("SELECT enabled FROM performance_alert_thresholds"));
    }

    private Task<int> AddThresholdAsync(string scope, string metric = "vram_peak_mb") => database.ExecuteAsync(
        $"INSERT INTO performance_alert_thresholds (metric_name, scope_type, scope_id, warning_threshold, critical_threshold) VALUES ('{metric}', {scope}, 0.5, 0.75)");

    private async Task AddMetricAsync(string scores, string stages)
    {
        await database.AddEntitiesAsync();
        await database.AddJobsAsync([new FarmRow { JobId = 1, ScoresJson = scores, StagesJson = stages, CompletedAt = DateTime.UtcNow }]);
    }
}
