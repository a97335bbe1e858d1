namespace PerfDash.Tests.Rollups;

/// <summary>Farms large enough to be read from roll-ups, made up by PostgreSQL itself.</summary>
internal static class RandomFarm
{
    /// <summary>Jobs of a farm: more than are read one by one.</summary>
    public const int Jobs = 26_000;

    /// <summary>Four workflows, five workers (two without a price), three tiers and two projects; missing, odd and other programs' values; runs across hours and days.</summary>
    /// <param name="database">An empty database.</param>
    /// <param name="seed">The same seed gives the same farm.</param>
    /// <param name="days">Up to now.</param>
    public static async Task AddRandomFarmAsync(this TestDatabase database, int seed, int days)
    {
        await database.ExecuteAsync(
            """
            INSERT INTO workflows (id, name) SELECT i, 'Workflow ' || i FROM generate_series(1, 4) AS i;
            INSERT INTO workers (id, name, gpu_hour_price) SELECT i, 'gpu-' || i, CASE WHEN i < 4 THEN i * 0.5 END FROM generate_series(1, 5) AS i;
            INSERT INTO projects (id, name) VALUES (1, 'One'), (2, 'Two');
            """);
        // Else a program that starts would move the rows to their months, which a query under way at that moment does not see.
        await database.ExecuteAsync("SELECT perfdash_ensure_metrics_month(now() - n * INTERVAL '1 day') FROM generate_series(0, @days) AS n", ("days", days));
        await database.AddRandomJobsAsync(seed, Jobs, days, firstId: 1);
        await database.ExecuteAsync("ANALYZE performance_metrics");
    }

    /// <summary>More jobs of such a farm, at any moment of the last days.</summary>
    public static Task AddRandomJobsAsync(this TestDatabase database, int seed, int jobs, int days, long firstId) => database.ExecuteAsync(
        """
        WITH seeded AS MATERIALIZED (SELECT setseed(@seed)), drawn AS MATERIALIZED (
            SELECT i AS job_id, 1 + floor(random() * random() * 4)::int8 AS workflow_id, 1 + floor(random() * 5)::int8 AS worker_id,
                   CASE floor(random() * 5) WHEN 0 THEN 1 WHEN 1 THEN 2 END::int8 AS project_id,
                   (ARRAY['720p', '1080p', '4k', NULL])[1 + floor(random() * 4)::int4] AS tier,
                   CASE WHEN random() < 0.97 THEN exp(6 + random() + random() * 0.2)::real WHEN random() < 0.3 THEN 'NaN'::real WHEN random() < 0.5 THEN -random()::real ELSE NULL END AS time,
                   CASE WHEN random() < 0.9 THEN floor(random() * 100000)::int8 END AS gpu,
                   CASE WHEN random() < 0.9 THEN floor(exp(random() * 16))::int8 WHEN random() < 0.05 THEN 200000000 END AS wall,
                   CASE WHEN random() < 0.9 THEN 4000 + floor(random() * 20000)::int4 END AS vram,
                   CASE WHEN random() < 0.9 THEN floor(random() * 100)::int4 END AS frames,
                   CASE WHEN random() < 0.6 THEN random() END AS likeness, CASE WHEN random() < 0.3 THEN random() * 10 - 5 END AS motion, random() AS other, random() AS stages,
                   (ARRAY['warm', 'cold', 'cached', NULL])[1 + floor(random() * random() * 4)::int4] AS class,
                   date_trunc('milliseconds', now() - random() * @days * INTERVAL '1 day') AS moment
            FROM seeded, generate_series(@first, @first + @jobs - 1) AS i
        ), made AS (
            INSERT INTO jobs (id, workflow_id, worker_id, project_id, status, parameters, completed_at)
            SELECT job_id, workflow_id, worker_id, project_id, 'completed', jsonb_build_object('cfg', round(other::numeric * 10, 1)), moment FROM drawn
        ), collected AS (
            INSERT INTO job_collections (job_id, queued_at) SELECT job_id, moment FROM drawn
        )
        INSERT INTO performance_metrics (job_id, workflow_id, worker_id, project_id, resolution_tier, time_per_frame_ms, total_gpu_time_ms,
            total_wall_time_ms, vram_peak_mb, frame_count, quality_scores_json, pipeline_stages_json, run_class, created_at)
        SELECT job_id, workflow_id, worker_id, project_id, tier, time, gpu, wall, vram, frames,
               nullif(jsonb_strip_nulls(jsonb_build_object('likeness', likeness, 'motion_quality', motion, 'clip', CASE WHEN other < 0.02 THEN other END)), '{}'),
               CASE WHEN stages < 0.7 THEN jsonb_build_array(
                   jsonb_build_object('name', 'load', 'duration_ms', floor(stages * 3000)), jsonb_build_object('name', 'sample', 'duration_ms', round((other * 9000)::numeric, 2))) END,
               class, moment
        FROM drawn
        """,
        ("seed", seed / 1000d),
        ("first", firstId),
        ("jobs", (long)jobs),
        ("days", (double)days));
}
