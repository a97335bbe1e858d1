-- What PerfDash asks by itself, and how each stands.
CREATE TABLE sources (
    id                 BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name               TEXT NOT NULL,
    kind               TEXT NOT NULL CHECK (kind IN ('comfyui')),
    -- As it may be shown: without user, password and query. The same server twice would record its jobs twice.
    url                TEXT NOT NULL UNIQUE,
    -- Encrypted JSON with the whole address and the headers; NULL for a source of the configuration, whose settings stay there.
    settings_protected TEXT,
    header_names       TEXT[] NOT NULL DEFAULT '{}',
    -- Names a source of the configuration; NULL for one made by an admin.
    configuration_key  TEXT UNIQUE,
    worker_id          BIGINT REFERENCES workers(id) ON DELETE SET NULL ON UPDATE CASCADE,
    enabled            BOOLEAN NOT NULL DEFAULT true,
    -- Rises with each edit: whoever follows the source restarts.
    revision           BIGINT NOT NULL DEFAULT 0,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- A deleted one stays for the id of its address, which is part of the keys of its jobs: connected again it is the same source.
    deleted_at         TIMESTAMPTZ,
    -- The instance that follows it, and until when it may without asking again.
    leased_by          TEXT,
    leased_until       TIMESTAMPTZ,
    -- As that instance last saw it.
    state              TEXT NOT NULL DEFAULT 'connecting' CHECK (state IN ('connected', 'connecting', 'unreachable', 'refused', 'disabled')),
    version            TEXT,
    queue_running      INTEGER,
    queue_pending      INTEGER,
    last_prompt_at     TIMESTAMPTZ,
    last_error         TEXT,
    node_times         TEXT NOT NULL DEFAULT 'none' CHECK (node_times IN ('full', 'partial', 'none'))
);
CREATE INDEX idx_sources_worker_id ON sources (worker_id);

-- Prompts that were queued or running when last seen: what is in neither queue nor history any more has vanished.
CREATE TABLE source_prompts (
    source_id  BIGINT NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    prompt_id  TEXT NOT NULL,
    is_running BOOLEAN NOT NULL,
    PRIMARY KEY (source_id, prompt_id)
);
