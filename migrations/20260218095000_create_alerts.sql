-- Alert rules beyond the plain limit, the incidents they open, and the notifications of each change.

ALTER TABLE performance_alert_thresholds
    ADD COLUMN direction       TEXT NOT NULL DEFAULT 'above' CHECK (direction IN ('above', 'below')),
    ADD COLUMN for_jobs        INTEGER NOT NULL DEFAULT 1 CHECK (for_jobs BETWEEN 1 AND 1000),
    -- The incident resolves only beyond this value (hysteresis); NULL is the warning limit itself.
    ADD COLUMN clear_threshold REAL,
    -- Shown in every notification of the rule.
    ADD COLUMN note            TEXT,
    -- Until then incidents open and resolve without a notification.
    ADD COLUMN muted_until     TIMESTAMPTZ;

-- Rules on all jobs of the last minutes together, judged on a schedule.
CREATE TABLE alert_window_rules (
    id                 BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind               TEXT NOT NULL CHECK (kind IN ('average', 'p95', 'failed_share', 'silence')),
    -- What `average` and `p95` are taken of; NULL for the other kinds.
    metric_name        TEXT CHECK ((metric_name IS NOT NULL) = (kind IN ('average', 'p95'))),
    scope_type         TEXT NOT NULL CHECK (scope_type IN ('global', 'workflow', 'worker')),
    scope_id           BIGINT CHECK ((scope_id IS NULL) = (scope_type = 'global')),
    window_minutes     INTEGER NOT NULL CHECK (window_minutes BETWEEN 1 AND 10080),
    -- In the metric's unit; a share from 0 to 1 for `failed_share`; minutes without a completed job for `silence`.
    warning_threshold  REAL NOT NULL,
    critical_threshold REAL NOT NULL,
    direction          TEXT NOT NULL DEFAULT 'above' CHECK (direction IN ('above', 'below')),
    -- A window with fewer jobs is not judged.
    minimum_jobs       INTEGER NOT NULL DEFAULT 1 CHECK (minimum_jobs >= 1),
    enabled            BOOLEAN NOT NULL DEFAULT true,
    note               TEXT,
    muted_until        TIMESTAMPTZ,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON alert_window_rules
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();

-- What a rule found. It outlives its rule: what was said stays on record, so there is no foreign key to the rule.
CREATE TABLE alert_incidents (
    id                  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    threshold_id        BIGINT,
    window_rule_id      BIGINT,
    metric_name         TEXT NOT NULL,
    scope_type          TEXT NOT NULL CHECK (scope_type IN ('global', 'workflow', 'worker')),
    scope_id            BIGINT,
    -- Whom it concerns; the whole farm for a window rule of global scope.
    subject_type        TEXT NOT NULL CHECK (subject_type IN ('workflow', 'worker', 'farm')),
    subject_id          BIGINT CHECK ((subject_id IS NULL) = (subject_type = 'farm')),
    severity            TEXT NOT NULL CHECK (severity IN ('warning', 'critical')),
    state               TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'resolved')),
    -- Moments of the jobs that decided: their completion.
    opened_at           TIMESTAMPTZ NOT NULL,
    raised_at           TIMESTAMPTZ,
    resolved_at         TIMESTAMPTZ CHECK ((resolved_at IS NOT NULL) = (state = 'resolved')),
    acknowledged_at     TIMESTAMPTZ,
    acknowledged_by     TEXT,
    acknowledge_comment TEXT,
    -- Of the latest job of the subject that was judged while the incident was open.
    last_value          DOUBLE PRECISION,
    -- The job that opened or raised it; NULL for a window rule. No foreign key: the host may delete its jobs.
    job_id              BIGINT,
    recorded_at         TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CHECK ((threshold_id IS NULL) <> (window_rule_id IS NULL))
);

-- One at a time for each rule and subject.
CREATE UNIQUE INDEX idx_alert_incidents_open_threshold ON alert_incidents(threshold_id, subject_type, subject_id)
    WHERE state <> 'resolved' AND threshold_id IS NOT NULL;
CREATE UNIQUE INDEX idx_alert_incidents_open_window_rule ON alert_incidents(window_rule_id, subject_type, COALESCE(subject_id, 0))
    WHERE state <> 'resolved' AND window_rule_id IS NOT NULL;
CREATE INDEX idx_alert_incidents_opened_at ON alert_incidents(opened_at);
CREATE INDEX idx_alert_incidents_subject ON alert_incidents(subject_type, subject_id, opened_at);

-- Everything that happened to an incident, in order. `opened`, `raised` and `resolved` are the changes that are notified.
CREATE TABLE alert_incident_events (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id BIGINT NOT NULL REFERENCES alert_incidents(id) ON DELETE CASCADE,
    event       TEXT NOT NULL CHECK (event IN ('opened', 'raised', 'resolved', 'acknowledged', 'commented')),
    severity    TEXT NOT NULL CHECK (severity IN ('warning', 'critical')),
    at          TIMESTAMPTZ NOT NULL,
    value       DOUBLE PRECISION,
    job_id      BIGINT,
    -- Who did it; NULL for PerfDash itself.
    actor       TEXT,
    comment     TEXT,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX idx_alert_incident_events_incident_id ON alert_incident_events(incident_id);

-- Silence for a whole scope: incidents go on, notifications do not.
CREATE TABLE alert_mutes (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope_type TEXT NOT NULL CHECK (scope_type IN ('global', 'workflow', 'worker')),
    scope_id   BIGINT CHECK ((scope_id IS NULL) = (scope_type = 'global')),
    until      TIMESTAMPTZ NOT NULL,
    comment    TEXT,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

-- Who changed which rule, mute or channel, when, from what to what. Secrets never come here.
CREATE TABLE alert_audit (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_type  TEXT NOT NULL CHECK (rule_type IN ('threshold', 'window_rule', 'mute', 'channel')),
    rule_id    BIGINT NOT NULL,
    action     TEXT NOT NULL CHECK (action IN ('created', 'updated', 'deleted')),
    actor      TEXT NOT NULL,
    before     JSONB,
    after      JSONB,
    at         TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX idx_alert_audit_rule ON alert_audit(rule_type, rule_id, at);

-- Where notifications go. A channel that was deleted stays for the record of its deliveries.
CREATE TABLE notification_channels (
    id                 BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind               TEXT NOT NULL CHECK (kind IN ('in_app', 'webhook', 'slack', 'discord', 'email')),
    name               TEXT NOT NULL,
    -- What may be shown of the target: a host name, an address.
    target             TEXT NOT NULL,
    -- Encrypted JSON with address and secret; NULL for a channel of the configuration, whose settings stay there.
    settings_protected TEXT,
    -- Names a channel of the configuration; NULL for one made by an admin.
    configuration_key  TEXT UNIQUE,
    minimum_severity   TEXT NOT NULL DEFAULT 'warning' CHECK (minimum_severity IN ('warning', 'critical')),
    enabled            BOOLEAN NOT NULL DEFAULT true,
    deleted_at         TIMESTAMPTZ,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON notification_channels
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();

-- One row for each change and channel, written with the change itself, before anything is sent.
CREATE TABLE notification_deliveries (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        BIGINT NOT NULL REFERENCES alert_incident_events(id) ON DELETE CASCADE,
    incident_id     BIGINT NOT NULL REFERENCES alert_incidents(id) ON DELETE CASCADE,
    channel_id      BIGINT NOT NULL REFERENCES notification_channels(id),
    -- Sent with every attempt, so that a receiver can tell a repetition.
    idempotency_key UUID NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    -- `withheld` was never to be sent: muted, below the channel's severity, or covered by a worse alert; last_error says which.
    state           TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'withheld')),
    -- What is sent, as it was when the change happened.
    message         JSONB NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    last_error      TEXT,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    delivered_at    TIMESTAMPTZ,
    UNIQUE (event_id, channel_id)
);

CREATE INDEX idx_notification_deliveries_due ON notification_deliveries(next_attempt_at) WHERE state = 'pending';
CREATE INDEX idx_notification_deliveries_incident ON notification_deliveries(incident_id, channel_id, id);
CREATE INDEX idx_notification_deliveries_channel ON notification_deliveries(channel_id, created_at);

-- Tells every instance that rules or channels changed, whoever changed them.
CREATE FUNCTION perfdash_note_rule_change() RETURNS trigger
LANGUAGE plpgsql AS $fn$
BEGIN
    NOTIFY perfdash_rules_changed;
    RETURN NULL;
END
$fn$;

CREATE TRIGGER note_rule_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON performance_alert_thresholds
    FOR EACH STATEMENT EXECUTE FUNCTION perfdash_note_rule_change();
CREATE TRIGGER note_rule_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON alert_mutes
    FOR EACH STATEMENT EXECUTE FUNCTION perfdash_note_rule_change();
CREATE TRIGGER note_rule_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON notification_channels
    FOR EACH STATEMENT EXECUTE FUNCTION perfdash_note_rule_change();
