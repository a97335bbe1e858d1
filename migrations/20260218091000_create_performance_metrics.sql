-- One immutable row per completed job. Partitioned by month of completion, so that retention is a DROP and a page's
-- range touches few partitions. Months are made on demand by perfdash_ensure_metrics_month; what lies outside
-- plausible years, and rows other programs insert ahead of it, rest in the default partition.

CREATE TABLE performance_metrics (
    id BIGSERIAL,
    job_id BIGINT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE ON UPDATE CASCADE,
    workflow_id BIGINT NOT NULL REFERENCES workflows(id) ON DELETE CASCADE ON UPDATE CASCADE,
    worker_id BIGINT NOT NULL REFERENCES workers(id) ON DELETE CASCADE ON UPDATE CASCADE,
    project_id BIGINT REFERENCES projects(id) ON DELETE SET NULL ON UPDATE CASCADE,
    character_id BIGINT REFERENCES characters(id) ON DELETE SET NULL ON UPDATE CASCADE,
    scene_id BIGINT REFERENCES scenes(id) ON DELETE SET NULL ON UPDATE CASCADE,

    time_per_frame_ms REAL,
    total_gpu_time_ms BIGINT,
    total_wall_time_ms BIGINT,
    vram_peak_mb INTEGER,
    frame_count INTEGER,

    quality_scores_json JSONB,
    pipeline_stages_json JSONB,

    resolution_tier TEXT,

    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),

    PRIMARY KEY (id, created_at),
    UNIQUE (job_id, created_at)
) PARTITION BY RANGE (created_at);

CREATE TABLE performance_metrics_default PARTITION OF performance_metrics DEFAULT;

CREATE INDEX idx_performance_metrics_job_id ON performance_metrics(job_id);
CREATE INDEX idx_performance_metrics_workflow_id ON performance_metrics(workflow_id);
CREATE INDEX idx_performance_metrics_worker_id ON performance_metrics(worker_id);
CREATE INDEX idx_performance_metrics_project_id ON performance_metrics(project_id);
CREATE INDEX idx_performance_metrics_character_id ON performance_metrics(character_id);
CREATE INDEX idx_performance_metrics_scene_id ON performance_metrics(scene_id);
CREATE INDEX idx_performance_metrics_created_at ON performance_metrics(created_at);

-- Makes the partition of the UTC month that holds `moment`: true when it is there, false when another transaction held
-- a lock for too long, in which case the default partition takes the rows and a later call moves them. Attaching copies
-- the foreign keys, which needs a moment's SHARE ROW EXCLUSIVE on the host's tables: the time limit keeps the host's
-- writers from queueing behind us, and attaching (unlike creating in place) lets readers of the parent go on.
CREATE FUNCTION perfdash_ensure_metrics_month(moment TIMESTAMPTZ) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '250ms' AS $fn$
DECLARE
    first_moment TIMESTAMPTZ := date_trunc('month', moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    next_moment  TIMESTAMPTZ := (date_trunc('month', moment AT TIME ZONE 'UTC') + INTERVAL '1 month') AT TIME ZONE 'UTC';
    partition    TEXT := 'performance_metrics_' || to_char(moment AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN true;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('perfdash_ensure_metrics_month'));
    -- Asked of the table: to_regclass may still answer from the catalogue cache of before the wait.
    IF EXISTS (SELECT FROM pg_inherits JOIN pg_class ON oid = inhrelid
               WHERE inhparent = 'performance_metrics'::regclass AND relname = partition) THEN
        RETURN true;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE performance_metrics INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    -- Keeps new rows of this month out of the default partition until it is attached.
    LOCK TABLE performance_metrics_default IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE format(
        'WITH moved AS (DELETE FROM performance_metrics_default WHERE created_at >= $1 AND created_at < $2 RETURNING *)
         INSERT INTO %I SELECT * FROM moved', partition) USING first_moment, next_moment;
    EXECUTE format('ALTER TABLE performance_metrics ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, first_moment, next_moment);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$fn$;

-- The guard of "exactly one metric per job". A partitioned table cannot have UNIQUE (job_id), and retention must not
-- make a job look uncollected again, so the fact that a job was collected is a row of its own, kept with the job.
CREATE TABLE job_collections (
    job_id      BIGINT PRIMARY KEY REFERENCES jobs(id) ON DELETE CASCADE ON UPDATE CASCADE,
    queued_at   TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    -- [{"field": "total_gpu_time_ms", "message": "…"}]; NULL when everything in the result was usable.
    warnings    JSONB
);

CREATE INDEX idx_job_collections_recorded_at ON job_collections(recorded_at);
CREATE INDEX idx_job_collections_with_warnings ON job_collections(recorded_at) WHERE warnings IS NOT NULL;
