namespace PerfDash.Tests.HostData;

/// <summary>
/// A farm of which five jobs are as they should be and everything else is what PostgreSQL holds and a program does not expect:
/// dates beyond .NET's years, prices that are none, names without an end, JSON of every kind, numbers whose sums overflow.
/// </summary>
internal static class OddRows
{
    /// <summary>Where the good jobs lie.</summary>
    public const string Range = "from=2026-02-01&to=2026-02-02";

    /// <summary>Every range that the odd rows are in too.</summary>
    public static readonly string[] Ranges =
    [
        Range, "", "from=0001-01-01&to=9999-12-31T23:59:59.9999999Z", "from=2000-01-01&to=2100-01-01", "from=now-1d&to=9999-01-01",
    ];

    /// <summary>Writes the farm: jobs 1 to 5 are the good ones, of workflow 1 on worker 1.</summary>
    public static async Task WriteAsync(TestDatabase database)
    {
        await database.ExecuteAsync(
            """
            INSERT INTO workflows (id, name) VALUES (1, 'Good');
            INSERT INTO workers (id, name, gpu_model, gpu_vram_mb, gpu_hour_price) VALUES (1, 'good-gpu', 'Card', 24576, 3.6);
            INSERT INTO projects (id, name) VALUES (1, 'Good');
            INSERT INTO jobs (id, workflow_id, worker_id, project_id, status, parameters, result, started_at, completed_at)
            SELECT i, 1, 1, 1, 'completed', jsonb_build_object('cfg', i),
                   jsonb_build_object('frame_count', 10, 'total_gpu_time_ms', i * 1000, 'vram_peak_mb', 1000, 'resolution_tier', '1080p',
                       'quality_scores', jsonb_build_object('likeness', 0.5), 'pipeline_stages', jsonb_build_array(jsonb_build_object('name', 'sample', 'duration_ms', i * 1000))),
                   TIMESTAMPTZ '2026-02-01 00:00Z' + i * INTERVAL '1 hour', TIMESTAMPTZ '2026-02-01 00:00:10Z' + i * INTERVAL '1 hour'
            FROM generate_series(1, 5) AS i;
            SELECT setval(pg_get_serial_sequence('jobs', 'id'), 5);

            INSERT INTO workflows (id, name, external_id, created_at) VALUES
                (2, '', '', 'infinity'), (3, E' \n\t', NULL, '-infinity'), (4, repeat('long ', 1000000), repeat('k', 100000), '4713-01-01 BC'),
                (5, '<img src=x onerror=alert(1)>', NULL, to_timestamp(1764402000000)), (6, '=cmd', NULL, '0001-01-01Z'), (7, U&'\FDD0\202E', NULL, '9999-12-31 23:59:59.9999999Z');
            INSERT INTO workers (id, name, gpu_model, gpu_vram_mb, gpu_hour_price, created_at) VALUES
                (2, '', repeat('x', 1000000), 0, 'NaN', 'infinity'), (3, ' ', '', -5, -5, '-infinity'), (4, repeat('w', 1000000), NULL, 2147483647, 'Infinity', to_timestamp(1764402000000)),
                (5, 'thirty decimals', NULL, NULL, 1.123456789012345678901234567891, now()), (6, 'dear', NULL, NULL, 1e30, '4713-01-01 BC'), (7, 'most', NULL, NULL, 1e9, now()),
                (8, 'minus', NULL, -2147483648, '-Infinity', now()), (9, 'tiny', NULL, NULL, 1e-30, now());
            INSERT INTO projects (id, name, created_at) VALUES (2, '', 'infinity'), (3, repeat('p', 1000000), to_timestamp(1764402000000));
            INSERT INTO characters (id, name, created_at) VALUES (1, repeat('c', 1000000), '-infinity');
            INSERT INTO scenes (id, name, created_at) VALUES (1, '', '4713-01-01 BC');
            """);
        // Jobs in every state at every odd moment, of odd workflows and workers.
        await database.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, worker_id, project_id, character_id, scene_id, status, created_at, started_at, completed_at, error, external_id, parameters, result)
            SELECT 1 + place % 7, 1 + place % 9, 1 + place % 3, 1, 1, status, moment, moment, moment, CASE WHEN status = 'failed' THEN repeat('E ', 300000) END,
                   CASE WHEN place % 4 = 0 THEN repeat(chr(97 + place::int % 26), 100000) || place END,
                   parameters.value, result.value
            FROM (SELECT row_number() OVER () AS place, status, moment FROM unnest(ARRAY['pending', 'running', 'completed', 'failed', 'cancelled']) AS status,
                unnest(ARRAY['infinity', '-infinity', '4713-01-01 BC', '0001-01-01Z', '9999-12-31 23:59:59.999999Z', '57881-01-01Z', '294276-12-31Z', '1969-12-31Z']::timestamptz[]
                    || (now() + INTERVAL '25 hours') || (now() + INTERVAL '400 days') || now()) AS moment) AS jobs
            JOIN (SELECT row_number() OVER () AS n, value FROM jsonb_array_elements(
                ('[null, 1, "text", true, [1, 2], {}, {"cfg": 1e400, "steps": -1e300, "": 1, "deep": ' || repeat('[', 500) || repeat(']', 500) || '}, {"cfg": "7", "list": [1], "object": {"a": null}}]')::jsonb)) AS parameters ON parameters.n = 1 + place % 8
            JOIN (SELECT row_number() OVER () AS n, value FROM jsonb_array_elements(
                '[null, 1, "text", [], {"frame_count": 9999999999, "total_gpu_time_ms": 9223372036854775807, "time_per_frame_ms": 3.4e38}, {"quality_scores": {"likeness": 1.7e308, "huge": -1.7e308, "over": 1e400}},
                  {"total_gpu_time_ms": 9223372036854775807, "total_wall_time_ms": 9223372036854775807, "vram_peak_mb": 2147483647, "frame_count": 2147483647, "pipeline_stages": [{"name": "", "duration_ms": 1}, {"name": "x", "duration_ms": 9e18}]},
                  {"quality_scores": [1], "pipeline_stages": {"a": 1}, "resolution_tier": {}}]'::jsonb)) AS result ON result.n = 1 + place % 8;
            """);
        // Metrics that another program wrote.
        await database.ExecuteAsync(
            """
            WITH made AS (
                INSERT INTO jobs (workflow_id, worker_id, status, completed_at) SELECT 1 + i % 7, 1 + i % 9, 'running', NULL FROM generate_series(1, 60) AS i RETURNING id
            ), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS i FROM made)
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, time_per_frame_ms, total_gpu_time_ms, total_wall_time_ms, vram_peak_mb, frame_count, quality_scores_json, pipeline_stages_json, resolution_tier, created_at)
            SELECT id, 1 + i % 7, 1 + i % 9,
                   (ARRAY['NaN', 'Infinity', '-Infinity', '3.4e38', '0', '-1', '1e-45', '812.3', NULL]::real[])[1 + i % 9],
                   (ARRAY[9223372036854775807, 9223372036854775807, -1, 0, NULL]::int8[])[1 + i % 5],
                   (ARRAY[9223372036854775807, -9223372036854775808, 0, NULL]::int8[])[1 + i % 4],
                   (ARRAY[2147483647, -2147483648, 0, NULL]::int4[])[1 + i % 4], (ARRAY[2147483647, -1, 0, 1, NULL]::int4[])[1 + i % 5],
                   (ARRAY['null', '1', '"text"', '[1]', '{}', '{"likeness": 1.7e308, "huge": 1.7e308}', '{"likeness": -1.7e308, "huge": -1.7e308, "tiny": 1e-400}', '{"likeness": 1e400}', '{"likeness": "high", "a": null, "b": [1], "": 0.5}', '{"likeness": 0.9}'])[1 + i % 10]::jsonb,
                   (ARRAY['null', '1', '{}', '[1, null, "x", {"name": "a"}]', '[{"name": "", "duration_ms": 1}]', '[{"name": "a", "duration_ms": 1.7e308}, {"name": "b", "duration_ms": -1}, {"name": 5, "duration_ms": 1}]'])[1 + i % 6]::jsonb,
                   (ARRAY['', ' ', repeat('t', 1000000), '1080p', NULL])[1 + i % 5],
                   (ARRAY['infinity', '-infinity', '4713-01-01 BC', '0001-01-01Z', '9999-12-31 23:59:59.999999Z', '57881-01-01Z', '2026-01-15Z', '1969-12-31Z']::timestamptz[] || (now() + INTERVAL '25 hours') || (now() + INTERVAL '400 days') || (now() - INTERVAL '2 hours') || (now() - INTERVAL '3 days'))[1 + i % 12]
            FROM numbered;
            INSERT INTO job_collections (job_id, queued_at) SELECT job_id, now() FROM performance_metrics ON CONFLICT DO NOTHING;
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, quality_scores_json, pipeline_stages_json, time_per_frame_ms, created_at)
            SELECT id, 1, 2, (SELECT jsonb_object_agg('name ' || n, n) FROM generate_series(1, 5000) AS n),
                   (SELECT jsonb_agg(jsonb_build_object('name', 'stage ' || n, 'duration_ms', n)) FROM generate_series(1, 2000) AS n), 5, now() - INTERVAL '1 day'
            FROM (INSERT_JOB) AS job;
            """.Replace("FROM (INSERT_JOB) AS job", "FROM (SELECT max(id) AS id FROM jobs) AS job", StringComparison.Ordinal));
    }
}
