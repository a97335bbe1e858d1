-- Whether a critical alert of the same metric and subject, from another rule, is open beside this one.
CREATE FUNCTION perfdash_alert_is_covered(incident BIGINT) RETURNS boolean
LANGUAGE sql STABLE AS $fn$
    SELECT EXISTS (
        SELECT FROM alert_incidents AS i
        JOIN alert_incidents AS worse
          ON worse.subject_type = i.subject_type AND worse.subject_id IS NOT DISTINCT FROM i.subject_id
         AND worse.metric_name = i.metric_name AND worse.id <> i.id
         AND worse.severity = 'critical' AND worse.state <> 'resolved'
        WHERE i.id = incident)
$fn$;

-- Open incidents are few among many: what looks at them must not read the others.
CREATE INDEX idx_alert_incidents_open_subject ON alert_incidents(subject_type, subject_id, metric_name) WHERE state <> 'resolved';
