-- Workflows that were merged into others: what is reported for them counts for those. Their rows stay, because the host may go on naming them.
CREATE TABLE merged_workflows (
    workflow_id BIGINT PRIMARY KEY REFERENCES workflows(id) ON DELETE CASCADE ON UPDATE CASCADE,
    merged_into BIGINT NOT NULL REFERENCES workflows(id) ON DELETE CASCADE ON UPDATE CASCADE,
    merged_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    merged_by   TEXT NOT NULL,
    CHECK (workflow_id <> merged_into)
);
CREATE INDEX idx_merged_workflows_into ON merged_workflows (merged_into);
