CREATE FUNCTION trigger_set_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $fn$
BEGIN
    NEW.updated_at := NOW();
    RETURN NEW;
END
$fn$;

CREATE TABLE performance_alert_thresholds (
    id BIGSERIAL PRIMARY KEY,
    metric_name TEXT NOT NULL,
    scope_type TEXT NOT NULL CHECK (scope_type IN ('global', 'workflow', 'worker')),
    scope_id BIGINT,
    warning_threshold REAL NOT NULL,
    critical_threshold REAL NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT true,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_performance_alert_thresholds_scope ON performance_alert_thresholds(scope_type, scope_id);

CREATE TRIGGER set_updated_at BEFORE UPDATE ON performance_alert_thresholds
    FOR EACH ROW EXECUTE FUNCTION trigger_set_updated_at();
