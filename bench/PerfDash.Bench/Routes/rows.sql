-- Writes bench.rows jobs with their metrics over the 30 days up to last midnight (UTC): 50 workflows of which the largest
-- has 22 % of the jobs (1/n), 64 workers, 4 tiers, 5 % of the jobs without VRAM, 3 % without scores, 2 % without stages,
-- more jobs by day than by night. Set-based, without foreign keys' checks, triggers and results: what PerfDash reads of a
-- job is its parameters. The same number of rows gives the same rows.
SET session_replication_role = replica;
SET work_mem = '256MB';
SELECT setseed(0.42);

INSERT INTO workflows (id, name) SELECT i, 'Workflow ' || i FROM generate_series(1, 50) AS i;
INSERT INTO workers (id, name, gpu_model, gpu_hour_price)
SELECT i, 'gpu-' || i, 'Card ' || i % 4, CASE WHEN i % 8 > 0 THEN 0.40 + (i % 4) * 0.35 END FROM generate_series(1, 64) AS i;
INSERT INTO projects (id, name) SELECT i, 'Project ' || i FROM generate_series(1, 40) AS i;

CREATE TEMP TABLE kinds AS
SELECT n, sum(1.0 / n) OVER (ORDER BY n) / (SELECT sum(1.0 / i) FROM generate_series(1, 50) AS i) AS reach,
       120 + 900 * random() ^ 2 AS frame_ms, 0.15 + 0.25 * random() AS spread, 0.70 + 0.22 * random() AS likeness, 5000 + 9000 * random() AS vram
FROM generate_series(1, 50) AS n;
CREATE TEMP TABLE cards AS SELECT n, 0.8 + 0.5 * random() AS slowness FROM generate_series(1, 64) AS n;

SELECT perfdash_ensure_metrics_month(date_trunc('day', now()) - make_interval(days => d)) FROM generate_series(0, 30) AS d;

CREATE TEMP TABLE drawn AS
SELECT *, frame_time * frames AS gpu, frame_time * frames * 1.08 + 1200 + 4000 * r7 AS wall FROM (
    SELECT d.*, k.frame_ms[workflow] * (ARRAY[0.5, 1.0, 2.1, 6.0])[tier] * c.slowness[worker] * exp(k.spread[workflow] * z) AS frame_time,
           k.likeness[workflow] AS likeness, k.vram[workflow] AS vram
    FROM (
        SELECT i, (i - 1)::float8 / current_setting('bench.rows')::int AS x, 1 + width_bucket(r1, reach) AS workflow, 1 + floor(64 * r2)::int AS worker,
               CASE WHEN r3 < 0.25 THEN 1 WHEN r3 < 0.65 THEN 2 WHEN r3 < 0.9 THEN 3 ELSE 4 END AS tier,
               (ARRAY[49, 81, 121, 161, 241])[1 + floor(5 * r4)::int] AS frames,
               sqrt(-2 * ln(1e-12 + r5)) * cos(2 * pi() * r6) AS z, sqrt(-2 * ln(1e-12 + r5)) * sin(2 * pi() * r6) AS z2,
               r7, r8, r9, r10, r11, r12, r13
        FROM (
            SELECT i, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5, random() AS r6, random() AS r7,
                   random() AS r8, random() AS r9, random() AS r10, random() AS r11, random() AS r12, random() AS r13
            FROM generate_series(1, current_setting('bench.rows')::int) AS i OFFSET 0) AS dice,
            (SELECT array_agg(reach::float8 ORDER BY n) FILTER (WHERE n < 50) AS reach FROM kinds) AS reaches
        OFFSET 0) AS d,
        (SELECT array_agg(frame_ms ORDER BY n) AS frame_ms, array_agg(spread ORDER BY n) AS spread, array_agg(likeness ORDER BY n) AS likeness,
                array_agg(vram ORDER BY n) AS vram FROM kinds) AS k,
        (SELECT array_agg(slowness ORDER BY n) AS slowness FROM cards) AS c
    OFFSET 0) AS timed;

CREATE TEMP TABLE metrics AS
SELECT i AS job_id, workflow, worker, 1 + floor(r11 * 100)::bigint % 40 AS project, r11 < 0.85 AS has_project, tier, frames, frame_time, gpu, wall, z2,
       r7, r8, r9, r10, r12, likeness, vram,
       date_trunc('day', now()) - INTERVAL '30 days' + make_interval(secs => 30 * 86400.0 * (x + 0.5 * sin(2 * pi() * x * 30) / (2 * pi() * 30)) * 0.999999 + r13) AS moment
FROM drawn;
DROP TABLE drawn;

INSERT INTO performance_metrics (job_id, workflow_id, worker_id, project_id, time_per_frame_ms, total_gpu_time_ms, total_wall_time_ms, vram_peak_mb,
                                 frame_count, quality_scores_json, pipeline_stages_json, resolution_tier, created_at)
SELECT job_id, workflow, worker, CASE WHEN has_project THEN project END, frame_time::real, gpu::bigint, wall::bigint,
       CASE WHEN r8 >= 0.05 THEN (vram * (0.8 + 0.25 * tier) * (0.97 + 0.06 * r8))::int END, frames,
       CASE WHEN r9 >= 0.03 THEN format(
           '{"likeness":%s,"face_confidence":%s,"motion_quality":%s,"boundary_ssim":%s}',
           round(least(0.999, greatest(0.05, likeness + 0.06 * z2))::numeric, 4), round((0.75 + 0.22 * r9)::numeric, 4),
           round((0.55 + 0.4 * r10)::numeric, 4), round((0.85 + 0.14 * r7)::numeric, 4))::jsonb END,
       CASE WHEN r10 >= 0.02 THEN (
           '[{"name":"load_model","duration_ms":' || (400 + 4000 * r7)::int || '},{"name":"encode_prompt","duration_ms":' || (150 + 200 * r9)::int
           || '},{"name":"denoise","duration_ms":' || (gpu * 0.72)::bigint || '},{"name":"vae_decode","duration_ms":' || (gpu * 0.14)::bigint
           || CASE WHEN r12 < 0.70 THEN '},{"name":"face_restore","duration_ms":' || (gpu * 0.06)::bigint ELSE '' END
           || CASE WHEN tier >= 3 THEN '},{"name":"upscale","duration_ms":' || (gpu * 0.05)::bigint ELSE '' END
           || '},{"name":"interpolate","duration_ms":' || (gpu * 0.05)::bigint || '},{"name":"encode_video","duration_ms":' || (300 + wall * 0.02)::bigint || '}]')::jsonb END,
       (ARRAY['480p', '720p', '1080p', '4k'])[tier], moment
FROM metrics;

INSERT INTO jobs (id, workflow_id, worker_id, project_id, status, parameters, created_at, started_at, completed_at)
SELECT job_id, workflow, worker, CASE WHEN has_project THEN project END, 'completed',
       jsonb_build_object('steps', 4 + floor(r8 * 36)::int, 'cfg', round((1 + 11 * r12)::numeric, 1), 'sampler', (ARRAY['euler', 'dpmpp_2m', 'uni_pc'])[1 + floor(3 * r10)::int],
                          'scheduler', (ARRAY['simple', 'karras'])[1 + floor(2 * r9)::int], 'model', 'model-' || workflow || '.safetensors', 'seed', floor(r7 * 1e15)::bigint),
       moment - make_interval(secs => wall / 1000), moment - make_interval(secs => wall / 1000), moment
FROM metrics;

INSERT INTO job_collections (job_id, queued_at, recorded_at) SELECT job_id, moment, moment + INTERVAL '20 milliseconds' FROM metrics;
DROP TABLE metrics;

SELECT setval(pg_get_serial_sequence('jobs', 'id'), current_setting('bench.rows')::int);
RESET session_replication_role;
RESET work_mem;
