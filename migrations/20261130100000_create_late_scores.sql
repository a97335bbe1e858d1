-- Scores that were reported apart from their job's result. A metric is never updated: they are kept beside it, and the two
-- views below are the metrics as figures read them.

CREATE TABLE late_scores (
    job_id           BIGINT PRIMARY KEY REFERENCES jobs(id) ON DELETE CASCADE ON UPDATE CASCADE,
    -- Of the job's metric; NULL until that is recorded.
    created_at       TIMESTAMPTZ,
    -- By name. Reported before the job completed they precede the scores of its result; reported later, none is of a name that the result has.
    scores           JSONB NOT NULL,
    reported_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    likeness         float8  GENERATED ALWAYS AS (perfdash_number(scores -> 'likeness')) STORED,
    face_confidence  float8  GENERATED ALWAYS AS (perfdash_number(scores -> 'face_confidence')) STORED,
    motion_quality   float8  GENERATED ALWAYS AS (perfdash_number(scores -> 'motion_quality')) STORED,
    boundary_ssim    float8  GENERATED ALWAYS AS (perfdash_number(scores -> 'boundary_ssim')) STORED,
    has_other_scores boolean GENERATED ALWAYS AS (
        scores - ARRAY['likeness', 'face_confidence', 'motion_quality', 'boundary_ssim'] <> '{}' OR scores @? '$.* ? (@ > 1e100 || @ < -1e100)') STORED
);
CREATE INDEX idx_late_scores_created_at ON late_scores (created_at);
CREATE INDEX idx_late_scores_other_scores ON late_scores (created_at) WHERE has_other_scores;

-- Scores of jobs that are not known yet, by the key that was given. Deleted after seven days.
CREATE TABLE waiting_scores (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id      BIGINT UNIQUE,
    external_id TEXT UNIQUE,
    scores      JSONB NOT NULL,
    reported_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK ((job_id IS NULL) <> (external_id IS NULL))
);

-- Marks the hours whose figures a statement changed, as perfdash_mark_changed_hours does for metrics.
CREATE FUNCTION perfdash_mark_scored_hours() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $fn$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM rollup_spans;
    ELSE
        INSERT INTO rollup_changes (hour, busy_from)
        SELECT DISTINCT date_trunc('hour', created_at, 'UTC'), date_trunc('hour', created_at, 'UTC') FROM changed WHERE created_at IS NOT NULL;
    END IF;
    RETURN NULL;
END
$fn$;

DO $do$
BEGIN
    EXECUTE format('ALTER FUNCTION perfdash_mark_scored_hours() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END
$do$;

CREATE TRIGGER perfdash_mark_inserted AFTER INSERT ON late_scores REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_scored_hours();
CREATE TRIGGER perfdash_mark_deleted AFTER DELETE ON late_scores REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_scored_hours();
CREATE TRIGGER perfdash_mark_updated_to AFTER UPDATE ON late_scores REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_scored_hours();
CREATE TRIGGER perfdash_mark_truncated AFTER TRUNCATE ON late_scores FOR EACH STATEMENT EXECUTE FUNCTION perfdash_mark_scored_hours();

-- Metrics with all their scores. late_scores has at most one row for a job, so a query that reads no score is planned without the join.
CREATE VIEW scored_metrics AS
SELECT m.id, m.job_id, m.workflow_id, m.worker_id, m.project_id, m.character_id, m.scene_id,
       m.time_per_frame_ms, m.total_gpu_time_ms, m.total_wall_time_ms, m.vram_peak_mb, m.frame_count,
       CASE WHEN l.scores IS NULL THEN m.quality_scores_json
            WHEN jsonb_typeof(m.quality_scores_json) = 'object' THEN m.quality_scores_json || l.scores ELSE l.scores END AS quality_scores_json,
       m.pipeline_stages_json, m.resolution_tier, m.created_at,
       COALESCE(l.likeness, m.likeness) AS likeness, COALESCE(l.face_confidence, m.face_confidence) AS face_confidence,
       COALESCE(l.motion_quality, m.motion_quality) AS motion_quality, COALESCE(l.boundary_ssim, m.boundary_ssim) AS boundary_ssim,
       CASE WHEN l.has_other_scores THEN true ELSE m.has_other_scores END AS has_other_scores,
       m.tier_key, m.stage_times
FROM performance_metrics AS m LEFT JOIN late_scores AS l ON l.job_id = m.job_id;

-- Those of them that have scores beyond the four, each part found by its own index; the same columns but for what such queries do not
-- read. indexed_at is the same moment as created_at, to be limited too: of the second part it is what the index knows.
CREATE VIEW other_scored_metrics AS
SELECT m.id, m.job_id, m.workflow_id, m.worker_id, m.project_id, m.character_id, m.scene_id, m.created_at, m.created_at AS indexed_at, m.tier_key,
       CASE WHEN l.scores IS NULL THEN m.quality_scores_json
            WHEN jsonb_typeof(m.quality_scores_json) = 'object' THEN m.quality_scores_json || l.scores ELSE l.scores END AS quality_scores_json,
       COALESCE(l.likeness, m.likeness) AS likeness, COALESCE(l.face_confidence, m.face_confidence) AS face_confidence,
       COALESCE(l.motion_quality, m.motion_quality) AS motion_quality, COALESCE(l.boundary_ssim, m.boundary_ssim) AS boundary_ssim,
       true AS has_other_scores
FROM performance_metrics AS m LEFT JOIN late_scores AS l ON l.job_id = m.job_id
WHERE m.has_other_scores
UNION ALL
SELECT m.id, m.job_id, m.workflow_id, m.worker_id, m.project_id, m.character_id, m.scene_id, m.created_at, l.created_at, m.tier_key,
       CASE WHEN jsonb_typeof(m.quality_scores_json) = 'object' THEN m.quality_scores_json || l.scores ELSE l.scores END,
       COALESCE(l.likeness, m.likeness), COALESCE(l.face_confidence, m.face_confidence),
       COALESCE(l.motion_quality, m.motion_quality), COALESCE(l.boundary_ssim, m.boundary_ssim),
       true
FROM late_scores AS l JOIN performance_metrics AS m ON m.job_id = l.job_id AND m.created_at = l.created_at
WHERE l.has_other_scores AND m.has_other_scores IS NOT TRUE;
