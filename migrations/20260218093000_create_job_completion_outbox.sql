-- The outbox: one row per noted completion, in the transaction of the host that completed the job. The collector
-- deletes what it takes; there is no cursor that a late commit could slip behind. Neither a key on job_id nor a foreign
-- key: either could make the host wait for the collector. A completion noted twice is collapsed when it is collected.
CREATE TABLE job_completions (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id    BIGINT NOT NULL,
    queued_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- Rows come and go by the thousand: vacuum by count, not by share of a table that is mostly empty.
ALTER TABLE job_completions SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Completions that could not become a metric: shown to an admin, retried on request or when the host rewrites the job.
CREATE TABLE failed_collections (
    job_id          BIGINT PRIMARY KEY REFERENCES jobs(id) ON DELETE CASCADE ON UPDATE CASCADE,
    queued_at       TIMESTAMPTZ NOT NULL,
    error           TEXT NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 1,
    first_failed_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    last_failed_at  TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

-- Settings the trigger itself must know, written by the program at its start.
CREATE TABLE collection_settings (
    only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row),
    notify   BOOLEAN NOT NULL DEFAULT true
);
INSERT INTO collection_settings DEFAULT VALUES;

-- Notes the completions of one statement. Whatever goes wrong here must never reach the host: a failure is a warning
-- in the log and the sweep finds the job later; a locked outbox costs the host 100 ms at most. SECURITY DEFINER,
-- because the host's role need not have any right on PerfDash's tables; search_path is fixed below.
CREATE FUNCTION perfdash_note_completions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '100ms' AS $fn$
BEGIN
    -- Bulk writers that record metrics themselves (./perfdash seed) switch this off for their own transaction.
    IF current_setting('perfdash.capture', true) = 'off' THEN
        RETURN NULL;
    END IF;
    BEGIN
        INSERT INTO job_completions (job_id)
        SELECT changed.id FROM changed
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

DO $do$
BEGIN
    EXECUTE format('ALTER FUNCTION perfdash_note_completions() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END
$do$;

-- Per statement, so that a statement of 10,000 rows costs one insert; INSERT and UPDATE apart, because a trigger with a
-- transition table may name only one event.
CREATE TRIGGER perfdash_note_inserted_completions AFTER INSERT ON jobs
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION perfdash_note_completions();

CREATE TRIGGER perfdash_note_updated_completions AFTER UPDATE ON jobs
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION perfdash_note_completions();
