-- A transaction that has notified cannot be prepared (PREPARE TRANSACTION). Unless told to, the trigger therefore notifies
-- only where the server allows no prepared transactions; elsewhere the poll finds what was completed.
-- notify: true always, false never, NULL where no host can be in the way.
ALTER TABLE collection_settings ALTER COLUMN notify DROP NOT NULL, ALTER COLUMN notify DROP DEFAULT;
UPDATE collection_settings SET notify = NULL WHERE notify;

-- As before but for the condition of notifying.
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
        IF FOUND AND (SELECT COALESCE(notify, current_setting('max_prepared_transactions') = '0') FROM collection_settings)
           AND pg_notification_queue_usage() < 0.5
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
