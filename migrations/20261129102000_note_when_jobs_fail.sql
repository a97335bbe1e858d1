-- When a job failed or was cancelled, for hosts that leave completed_at NULL then: the moment its status changed. A job
-- whose row says completed_at is dated by that alone.
CREATE TABLE job_endings (
    job_id   BIGINT PRIMARY KEY REFERENCES jobs(id) ON DELETE CASCADE ON UPDATE CASCADE,
    ended_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_job_endings_ended_at ON job_endings(ended_at);

-- What has failed until now is dated as before.
INSERT INTO job_endings (job_id, ended_at)
SELECT id, COALESCE(started_at, created_at) FROM jobs WHERE status IN ('failed', 'cancelled') AND completed_at IS NULL;

-- As with completions nothing here may reach the host: a failure is a warning in the log and the sweep finds the job later.
CREATE FUNCTION perfdash_note_ending() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '100ms' AS $fn$
BEGIN
    IF current_setting('perfdash.capture', true) = 'off' THEN
        RETURN NULL;
    END IF;
    BEGIN
        INSERT INTO job_endings (job_id, ended_at)
        VALUES (NEW.id, CASE WHEN current_setting('perfdash.capture', true) = 'history' THEN COALESCE(NEW.started_at, NEW.created_at) ELSE clock_timestamp() END)
        ON CONFLICT (job_id) DO UPDATE SET ended_at = excluded.ended_at;
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'PerfDash did not note when a job ended (% %); its sweep will find it', SQLSTATE, SQLERRM;
    END;
    RETURN NULL;
END
$fn$;

DO $do$
BEGIN
    EXECUTE format('ALTER FUNCTION perfdash_note_ending() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END
$do$;

-- Updates only: a row that is inserted as failed tells by its own times when that was. The condition is checked without
-- a call, so other updates do not pay for it.
CREATE TRIGGER perfdash_note_endings AFTER UPDATE ON jobs FOR EACH ROW
    WHEN (NEW.status::text IN ('failed', 'cancelled') AND NEW.completed_at IS NULL AND OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION perfdash_note_ending();

-- The moment of all others, see EndedJobs. Takes the place of an index that knew failed jobs alone.
DO $do$
BEGIN
    CREATE INDEX idx_jobs_ended_at ON jobs((COALESCE(completed_at, started_at, created_at))) WHERE status IN ('failed', 'cancelled');
    DROP INDEX IF EXISTS idx_jobs_failed_at;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'PerfDash may not make an index on jobs; failures are found without it, more slowly';
END
$do$;
