-- What waits and runs now is asked of the host's jobs with every look at the overview: without this each such question reads all of them.
-- A job that ends leaves the index and adds nothing to it.
DO $do$
BEGIN
    CREATE INDEX idx_jobs_open ON jobs (status, created_at) WHERE status IN ('pending', 'running');
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'PerfDash may not make an index on jobs; what waits and runs is found without it, more slowly';
END
$do$;
