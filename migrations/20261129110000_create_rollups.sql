-- Roll-ups: partial sums of closed hours and days, so that a question about ten million metrics reads thousands of rows.
-- A cache of performance_metrics, never a source: everything here can be deleted at any time and is built anew.

-- The hours and days that roll-ups answer for. What is not listed is read from performance_metrics.
CREATE TABLE rollup_spans (
    -- 'h': an hour, 'd': a day (UTC), 'b': the busy time of an hour.
    grain     "char" NOT NULL CHECK (grain IN ('h', 'd', 'b')),
    start     TIMESTAMPTZ NOT NULL,
    -- What the statement that computed the span could see: a change by a transaction it could not see makes the span stale.
    snapshot  pg_snapshot NOT NULL,
    closed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (grain, start)
);

-- Which hours a transaction changed. Written only, never updated, so that writers do not wait for each other; the
-- scheduler deletes the rows once the spans they touch are no longer listed.
CREATE TABLE rollup_changes (
    hour      TIMESTAMPTZ NOT NULL,
    -- Where the changed jobs of this hour started at the earliest: their run is part of the busy time of every hour from here.
    busy_from TIMESTAMPTZ NOT NULL,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX idx_rollup_changes_hour ON rollup_changes (hour);

-- Sums by the dimensions named in dims: 0 none, 1 workflow, 3 workflow and tier, 4 worker, 7 all three (days only).
-- Minima, maxima and sums are NULL where no job has the figure.
CREATE TABLE rollup_sums (
    grain            "char" NOT NULL,
    workflow_id      BIGINT,
    worker_id        BIGINT,
    tier_key         TEXT,
    dims             SMALLINT NOT NULL,
    start            TIMESTAMPTZ NOT NULL,
    jobs             BIGINT NOT NULL,
    last_at          TIMESTAMPTZ NOT NULL,
    -- Jobs with a value that no other column counts: a time per frame that is NaN or infinite, a likeness that only the JSON can hold.
    odd_times        BIGINT NOT NULL,
    odd_likenesses   BIGINT NOT NULL,
    time_count       BIGINT NOT NULL,
    time_sum         float8,
    -- Squared differences from the mean; likewise of the logarithms of times above zero.
    time_squares     float8,
    time_min         float8,
    time_max         float8,
    log_count        BIGINT NOT NULL,
    log_sum          float8,
    log_squares      float8,
    gpu_count        BIGINT NOT NULL,
    gpu_sum          float8,
    gpu_min          BIGINT,
    gpu_max          BIGINT,
    vram_count       BIGINT NOT NULL,
    vram_sum         float8,
    vram_min         INTEGER,
    vram_max         INTEGER,
    frames           BIGINT,
    -- Jobs that have both a GPU time and frames.
    framed_count     BIGINT NOT NULL,
    framed_gpu_sum   float8,
    framed_frames    BIGINT,
    likeness_count BIGINT NOT NULL,
    likeness_sum float8,
    likeness_squares float8,
    likeness_min float8,
    likeness_max float8,
    face_confidence_count BIGINT NOT NULL,
    face_confidence_sum float8,
    face_confidence_squares float8,
    face_confidence_min float8,
    face_confidence_max float8,
    motion_quality_count BIGINT NOT NULL,
    motion_quality_sum float8,
    motion_quality_squares float8,
    motion_quality_min float8,
    motion_quality_max float8,
    boundary_ssim_count BIGINT NOT NULL,
    boundary_ssim_sum float8,
    boundary_ssim_squares float8,
    boundary_ssim_min float8,
    boundary_ssim_max float8
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX idx_rollup_sums_start ON rollup_sums (grain, dims, start);
CREATE INDEX idx_rollup_sums_workflow ON rollup_sums (grain, dims, workflow_id, start) WHERE workflow_id IS NOT NULL;
CREATE INDEX idx_rollup_sums_worker ON rollup_sums (grain, dims, worker_id, start) WHERE worker_id IS NOT NULL;

-- How values are distributed: bins of perfdash_log_bin for time_per_frame_ms and (days only) vram_peak_mb, of perfdash_score_bin for scores (days only).
CREATE TABLE rollup_bins (
    grain       "char" NOT NULL,
    workflow_id BIGINT,
    worker_id   BIGINT,
    tier_key    TEXT,
    dims        SMALLINT NOT NULL,
    start       TIMESTAMPTZ NOT NULL,
    figure      TEXT NOT NULL,
    bins        INTEGER[] NOT NULL,
    counts      INTEGER[] NOT NULL
);
CREATE INDEX idx_rollup_bins_start ON rollup_bins (grain, dims, figure, start);
CREATE INDEX idx_rollup_bins_workflow ON rollup_bins (grain, dims, figure, workflow_id, start) WHERE workflow_id IS NOT NULL;
CREATE INDEX idx_rollup_bins_worker ON rollup_bins (grain, dims, figure, worker_id, start) WHERE worker_id IS NOT NULL;

-- What each worker did of the jobs of a row in rollup_sums (dims 0 and 1; 3 of days): prices change, so costs are computed when asked for.
CREATE TABLE rollup_worker_gpu (
    grain       "char" NOT NULL,
    workflow_id BIGINT,
    tier_key    TEXT,
    dims        SMALLINT NOT NULL,
    start       TIMESTAMPTZ NOT NULL,
    worker_ids  BIGINT[] NOT NULL,
    gpu_counts  BIGINT[] NOT NULL,
    gpu_sums    float8[] NOT NULL,
    -- Of the jobs that have frames too.
    framed_gpu_sums float8[] NOT NULL,
    framed_frames   BIGINT[] NOT NULL
);
CREATE INDEX idx_rollup_worker_gpu_start ON rollup_worker_gpu (grain, dims, start);
CREATE INDEX idx_rollup_worker_gpu_workflow ON rollup_worker_gpu (grain, dims, workflow_id, start) WHERE workflow_id IS NOT NULL;

-- Stages of the jobs of a day. A stage is known by its number in stage_times, as there; example_job_id names it.
CREATE TABLE rollup_stages (
    start          TIMESTAMPTZ NOT NULL,
    workflow_id    BIGINT NOT NULL,
    tier_key       TEXT,
    name           float8 NOT NULL,
    example_job_id BIGINT NOT NULL,
    count          BIGINT NOT NULL,
    firsts         BIGINT NOT NULL,
    sum_ms         float8 NOT NULL,
    min_ms         float8 NOT NULL,
    max_ms         float8 NOT NULL,
    bins           INTEGER[] NOT NULL,
    counts         INTEGER[] NOT NULL
);
CREATE INDEX idx_rollup_stages_workflow ON rollup_stages (workflow_id, start);
CREATE INDEX idx_rollup_stages_start ON rollup_stages (start);

-- How long each worker was busy in an hour: the union of its jobs' runs, whenever they completed.
CREATE TABLE rollup_busy (
    start     TIMESTAMPTZ NOT NULL,
    worker_id BIGINT NOT NULL,
    busy_us   BIGINT NOT NULL,
    PRIMARY KEY (start, worker_id)
);

-- Bins of scores, at most 1 % wide: hundredths of a power of ten up to five times it, then twentieths (0.100, 0.101, ... 0.499, 0.500,
-- 0.505, ... 0.995, 1.00, 1.01, ...).
-- A value less than a billionth short of an edge counts as that edge.
CREATE FUNCTION perfdash_score_bin(value float8) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $fn$
    -- One expression, so that it is inlined: a call would take three microseconds.
    SELECT CASE WHEN value >= 0.5 AND value < 1 - 1e-9 THEN 100400 + floor(value * 200 + 1e-6)::integer
                WHEN value >= 0.1 AND value < 0.5 THEN 100000 + floor(value * 1000 + 1e-6)::integer
                WHEN abs(value) < 1e-30 THEN 0
                WHEN abs(value) <= 1e100 THEN sign(value)::integer * (
                    100000 + 1000 * (floor(log(abs(value)) + 1e-9)::integer + 1)
                    + CASE WHEN floor(abs(value) / power(10::float8, floor(log(abs(value)) + 1e-9)::integer - 2) + 1e-6)::integer < 500
                           THEN floor(abs(value) / power(10::float8, floor(log(abs(value)) + 1e-9)::integer - 2) + 1e-6)::integer
                           ELSE 500 + (floor(abs(value) / power(10::float8, floor(log(abs(value)) + 1e-9)::integer - 2) + 1e-6)::integer - 500) / 5 END) END
$fn$;

-- Marks the hours a statement changed. SECURITY DEFINER, because the host's role need not have any right on PerfDash's tables.
CREATE FUNCTION perfdash_mark_changed_hours() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $fn$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM rollup_spans;
    ELSE
        INSERT INTO rollup_changes (hour, busy_from)
        SELECT date_trunc('hour', created_at, 'UTC') AS hour,
               -- Some years after the first moment there is, or a long run would start before it and fail the statement.
               min(CASE WHEN total_wall_time_ms > 0 AND created_at > '4000-01-01 BC' AND created_at < 'infinity'
                        THEN created_at - least(total_wall_time_ms, 315360000000) * INTERVAL '1 millisecond' ELSE created_at END)
        FROM changed GROUP BY 1;
    END IF;
    RETURN NULL;
END
$fn$;

DO $do$
BEGIN
    EXECUTE format('ALTER FUNCTION perfdash_mark_changed_hours() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END
$do$;

-- Statement triggers fire for the table a statement names: the partitioned table, or a partition written to directly.
CREATE FUNCTION perfdash_track_changed_hours(metrics REGCLASS) RETURNS void
LANGUAGE plpgsql AS $fn$
BEGIN
    EXECUTE format('CREATE TRIGGER perfdash_mark_inserted AFTER INSERT ON %s REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_changed_hours()', metrics);
    EXECUTE format('CREATE TRIGGER perfdash_mark_deleted AFTER DELETE ON %s REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_changed_hours()', metrics);
    -- An update is the end of the old row and the start of the new one.
    EXECUTE format('CREATE TRIGGER perfdash_mark_updated_from AFTER UPDATE ON %s REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_changed_hours()', metrics);
    EXECUTE format('CREATE TRIGGER perfdash_mark_updated_to AFTER UPDATE ON %s REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_changed_hours()', metrics);
    EXECUTE format('CREATE TRIGGER perfdash_mark_truncated AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_changed_hours()', metrics);
END
$fn$;

DO $do$
DECLARE
    metrics REGCLASS;
BEGIN
    PERFORM perfdash_track_changed_hours('performance_metrics');
    FOR metrics IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'performance_metrics'::regclass LOOP
        PERFORM perfdash_track_changed_hours(metrics);
    END LOOP;
END
$do$;

-- As before, with the triggers of a partition. Rows that move out of the default partition are marked, which is harmless.
CREATE OR REPLACE FUNCTION perfdash_ensure_metrics_month(moment TIMESTAMPTZ) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '250ms' AS $fn$
DECLARE
    first_moment TIMESTAMPTZ := date_trunc('month', moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    next_moment  TIMESTAMPTZ := (date_trunc('month', moment AT TIME ZONE 'UTC') + INTERVAL '1 month') AT TIME ZONE 'UTC';
    partition    TEXT := 'performance_metrics_' || to_char(moment AT TIME ZONE 'UTC', 'YYYY_MM');
    columns      TEXT;
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
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
    WHERE attrelid = 'performance_metrics'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('CREATE TABLE %I (LIKE performance_metrics INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)
                    WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)', partition);
    -- Keeps new rows of this month out of the default partition until it is attached.
    LOCK TABLE performance_metrics_default IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE format(
        'WITH moved AS (DELETE FROM performance_metrics_default WHERE created_at >= $1 AND created_at < $2 RETURNING *)
         INSERT INTO %I (%s) SELECT %s FROM moved', partition, columns, columns) USING first_moment, next_moment;
    PERFORM perfdash_track_changed_hours(partition::regclass);
    EXECUTE format('ALTER TABLE performance_metrics ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, first_moment, next_moment);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$fn$;

-- Finds an even sample of a workflow's jobs, by a hash of their ids, without reading the rest.
CREATE INDEX idx_performance_metrics_sample ON performance_metrics (workflow_id, (hashint8(job_id)::int8 & 2147483647), created_at);
