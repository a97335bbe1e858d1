-- How well estimates held, computed once a day. All rows are replaced together.
CREATE TABLE estimate_back_tests (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL: all workflows together.
    workflow_id BIGINT REFERENCES workflows(id) ON DELETE CASCADE ON UPDATE CASCADE,
    computed_at TIMESTAMPTZ NOT NULL,
    range_from  TIMESTAMPTZ NOT NULL,
    range_to    TIMESTAMPTZ NOT NULL,
    result      JSONB NOT NULL
);

CREATE INDEX idx_estimate_back_tests_workflow_id ON estimate_back_tests(workflow_id);
