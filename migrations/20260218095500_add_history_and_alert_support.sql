-- What alerts need beside their own tables: which completions are history (recorded, never alerted), and indexes that
-- find a subject's latest jobs.

ALTER TABLE job_completions ADD COLUMN is_history BOOLEAN NOT NULL DEFAULT false;

-- As before, and: a writer that brings history sets perfdash.capture to 'history' for its transaction.
CREATE OR REPLACE FUNCTION perfdash_note_completions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '100ms' AS $fn$
BEGIN
    -- Bulk writers that record metrics themselves (./perfdash seed) switch this off for their own transaction.
    IF current_setting('perfdash.capture', true) = 'off' THEN
        RETURN NULL;
    END IF;
    BEGIN
        INSERT INTO job_completions (job_id, is_history)
        SELECT changed.id, COALESCE(current_setting('perfdash.capture', true) = 'history', false) FROM changed
        WHERE changed.status = 'completed'
          AND NOT EXISTS (SELECT FROM job_collections AS c WHERE c.job_id = changed.id);
        -- A full queue of notifications would refuse the host's commit, where nothing here could catch it.
        -- Of writers that complete jobs at the same moment one hints for all: commits that notify wait for each other.
        IF FOUND AND (SELECT notify FROM collection_settings) AND pg_notification_queue_usage() < 0.5
           AND pg_try_advisory_xact_lock(hashtext('perfdash_job_completed')) THEN
            NOTIFY perfdash_job_completed;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'PerfDash did not note a job completion (% %); its sweep will find it', SQLSTATE, SQLERRM;
    END;
    RETURN NULL;
END
$fn$;

-- Replacing the function forgot it.
DO $do$
BEGIN
    EXECUTE format('ALTER FUNCTION perfdash_note_completions() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END
$do$;

-- "The last N jobs of a workflow or worker before a moment", in the order alerts are judged in.
CREATE INDEX idx_performance_metrics_workflow_order ON performance_metrics(workflow_id, created_at, job_id);
CREATE INDEX idx_performance_metrics_worker_order ON performance_metrics(worker_id, created_at, job_id);

-- For the share of failed jobs of the last minutes. Only failed jobs stand in it.
CREATE INDEX idx_jobs_failed_at ON jobs((COALESCE(completed_at, created_at))) WHERE status = 'failed';

-- Completion of the job last_value is of: an older job that comes late must not replace it.
ALTER TABLE alert_incidents ADD COLUMN last_value_at TIMESTAMPTZ;

-- What a late job finds was already told.
CREATE INDEX idx_alert_incidents_threshold ON alert_incidents(threshold_id, subject_type, subject_id, resolved_at);

CREATE TRIGGER note_rule_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON alert_window_rules
    FOR EACH STATEMENT EXECUTE FUNCTION perfdash_note_rule_change();
