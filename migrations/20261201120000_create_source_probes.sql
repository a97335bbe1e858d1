-- The golden probe of a source: one fixed prompt that PerfDash submits by itself, and what each run of it took.
-- Apart from sources, because a graph may be as large as 1 MB and sources are read every few seconds.
CREATE TABLE source_probes (
    source_id    BIGINT PRIMARY KEY REFERENCES sources(id) ON DELETE CASCADE,
    -- The prompt in ComfyUI's API format.
    graph        JSONB NOT NULL,
    -- NULL: on demand only.
    every_hours  INTEGER CHECK (every_hours BETWEEN 1 AND 720),
    -- Somebody asked for a run that was not submitted yet.
    requested_at TIMESTAMPTZ
);

-- Never a row of jobs or performance_metrics. A run that has ended is not changed any more.
CREATE TABLE source_probe_runs (
    id                 BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id          BIGINT NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    worker_id          BIGINT REFERENCES workers(id) ON DELETE SET NULL ON UPDATE CASCADE,
    prompt_id          TEXT NOT NULL,
    state              TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'completed', 'failed')),
    -- Of the graph without the files of its models, which stand beside it: the same work with another model can be compared.
    graph_hash         TEXT NOT NULL,
    models             TEXT[] NOT NULL DEFAULT '{}',
    submitted_at       TIMESTAMPTZ NOT NULL DEFAULT now(),
    completed_at       TIMESTAMPTZ,
    total_wall_time_ms BIGINT,
    vram_peak_mb       INTEGER,
    stages             JSONB,
    -- What the run did not have to do: compared are runs of one class and one number of cached nodes.
    run_class          TEXT CHECK (run_class IN ('warm', 'cold', 'cached')),
    cached_nodes       INTEGER,
    -- Of ComfyUI, as the server told when the run was submitted; so are the following.
    version            TEXT,
    pytorch_version    TEXT,
    gpu_model          TEXT,
    -- Why it failed, or was not run.
    error              TEXT,
    UNIQUE (source_id, prompt_id),
    CHECK ((state = 'completed') = (total_wall_time_ms IS NOT NULL)),
    CHECK ((state = 'queued') = (completed_at IS NULL))
);
-- One at a time.
CREATE UNIQUE INDEX idx_source_probe_runs_queued ON source_probe_runs (source_id) WHERE state = 'queued';
CREATE INDEX idx_source_probe_runs_source ON source_probe_runs (source_id, submitted_at);
CREATE INDEX idx_source_probe_runs_worker ON source_probe_runs (worker_id, completed_at);
