-- What workers do now, and what failed on them, is asked of the host's jobs, nearly all of which completed: without this
-- each such question reads all of them (0.2 s per million, on every core). A job that completes leaves the index and adds nothing to it.
CREATE INDEX idx_jobs_without_metric ON jobs(worker_id) WHERE status IN ('running', 'failed', 'cancelled');
