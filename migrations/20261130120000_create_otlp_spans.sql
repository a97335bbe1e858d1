-- Spans of POST /v1/traces until their trace's root span has come and the job is written.

CREATE TABLE otlp_spans (
    -- Hexadecimal, lower case, as in tracing tools.
    trace_id       TEXT NOT NULL,
    span_id        TEXT NOT NULL,
    -- NULL for a root span.
    parent_span_id TEXT,
    name           TEXT NOT NULL,
    started_at     TIMESTAMPTZ NOT NULL,
    duration_ms    float8 NOT NULL,
    -- Of a root span: its job as POST /performance/jobs/completed takes it, with status and error. Not JSONB: it may spell U+0000.
    job            TEXT,
    received_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (trace_id, span_id),
    CHECK ((parent_span_id IS NULL) = (job IS NOT NULL))
);
CREATE INDEX idx_otlp_spans_jobs ON otlp_spans (received_at) WHERE job IS NOT NULL;
CREATE INDEX idx_otlp_spans_received_at ON otlp_spans (received_at);
