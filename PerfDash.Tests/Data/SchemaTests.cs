using Npgsql;

namespace PerfDash.Tests.Data;

/// <summary>What other programs may rely on in the two tables they were promised.</summary>
public sealed class SchemaTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Theory]
    [InlineData("job_id", "jobs", 'c')]
    [InlineData("workflow_id", "workflows", 'c')]
    [InlineData("worker_id", "workers", 'c')]
    [InlineData("project_id", "projects", 'n')]
    [InlineData("character_id", "characters", 'n')]
    [InlineData("scene_id", "scenes", 'n')]
    public async Task A_metric_goes_with_its_job_workflow_and_worker_and_forgets_its_project_character_and_scene(string column, string table, char onDelete) => Assert.Equal(
        $"{onDelete}c",
        await database.ScalarAsync<string>(
            $"""
            SELECT confdeltype::text || confupdtype::text FROM pg_constraint
            WHERE contype = 'f' AND conrelid = 'performance_metrics'::regclass AND confrelid = '{table}'::regclass
              AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = '{column}')]
            """));

    [Theory]
    [InlineData("performance_metrics", "job_id")]
    [InlineData("performance_metrics", "workflow_id")]
    [InlineData("performance_metrics", "worker_id")]
    [InlineData("performance_metrics", "project_id")]
    [InlineData("performance_metrics", "character_id")]
    [InlineData("performance_metrics", "scene_id")]
    [InlineData("performance_metrics", "created_at")]
    [InlineData("performance_alert_thresholds", "scope")]
    public async Task The_indexes_have_the_names_expected(string table, string what) => Assert.True(await database.ScalarAsync<bool>(
        $"SELECT to_regclass('idx_{table}_{what}') IS NOT NULL"));

    [Fact]
    public async Task Columns_are_of_the_types_promised() => Assert.Equal(
        """
        id bigint, job_id bigint, workflow_id bigint, worker_id bigint, project_id bigint, character_id bigint, scene_id bigint, time_per_frame_ms real, total_gpu_time_ms bigint, total_wall_time_ms bigint, vram_peak_mb integer, frame_count integer, quality_scores_json jsonb, pipeline_stages_json jsonb, resolution_tier text, created_at timestamp with time zone, likeness double precision, face_confidence double precision, motion_quality double precision, boundary_ssim double precision, has_other_scores boolean, tier_key text, stage_times double precision[], run_class text
        """,
        await database.ScalarAsync<string>("SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'performance_metrics'::regclass AND attnum > 0"));

    [Fact]
    public async Task A_threshold_changed_has_its_date_of_change_moved_by_the_database()
    {
        await database.ExecuteAsync("INSERT INTO performance_alert_thresholds (metric_name, scope_type, warning_threshold, critical_threshold, updated_at, created_at) VALUES ('vram_peak_mb', 'global', 1, 2, '2020-01-01Z', '2020-01-01Z')");

        await database.ExecuteAsync("UPDATE performance_alert_thresholds SET enabled = false, updated_at = '2021-01-01Z'");

        Assert.True(await database.ScalarAsync<bool>("SELECT updated_at > '2026-01-01Z' AND created_at = '2020-01-01Z' FROM performance_alert_thresholds"));
    }

    [Theory]
    [InlineData("INSERT INTO performance_alert_thresholds (metric_name, scope_type, warning_threshold, critical_threshold) VALUES ('vram_peak_mb', 'galaxy', 1, 2)")]
    [InlineData("INSERT INTO jobs (workflow_id, status) SELECT id, 'done' FROM workflows")]
    public async Task Values_outside_their_list_are_refused(string sql)
    {
        await database.AddWorkflowAsync();

        Assert.Equal(PostgresErrorCodes.CheckViolation, (await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(sql))).SqlState);
    }

    [Fact]
    public async Task Enabled_is_the_default_of_a_threshold() => Assert.Equal(
        "true", await database.ScalarAsync<string>("SELECT column_default FROM information_schema.columns WHERE table_name = 'performance_alert_thresholds' AND column_name = 'enabled'"));
}
