-- The latest run of each scheduled job, on whichever instance it was.
CREATE TABLE scheduled_job_runs (
    job_name    TEXT PRIMARY KEY,
    last_run_at TIMESTAMPTZ NOT NULL,
    duration_ms DOUBLE PRECISION NOT NULL CHECK (duration_ms >= 0),
    -- NULL when it went well.
    last_error  TEXT,
    run_count   BIGINT NOT NULL DEFAULT 1
);
