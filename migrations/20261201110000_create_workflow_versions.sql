-- The graphs, models and settings that a workflow has run with (parameters.fingerprint), and when each was first seen.
CREATE TABLE workflow_versions (
    workflow_id   BIGINT NOT NULL REFERENCES workflows(id) ON DELETE CASCADE ON UPDATE CASCADE,
    fingerprint   TEXT NOT NULL,
    -- When the first job that has it completed, and that job; a host may have deleted the job since.
    first_seen_at TIMESTAMPTZ NOT NULL,
    first_job_id  BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, fingerprint)
);
