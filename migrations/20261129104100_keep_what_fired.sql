-- What fired: the value that opened the incident, and the worst one since its first breach.
ALTER TABLE alert_incidents
    ADD COLUMN opened_value DOUBLE PRECISION,
    ADD COLUMN worst_value  DOUBLE PRECISION;

UPDATE alert_incidents AS i
SET opened_value = v.opened_value,
    worst_value = CASE WHEN COALESCE(t.direction, w.direction, 'above') = 'below' THEN LEAST(v.lowest, i.last_value) ELSE GREATEST(v.highest, i.last_value) END
FROM (
    SELECT incident_id, (array_agg(value ORDER BY id) FILTER (WHERE event = 'opened'))[1] AS opened_value, min(value) AS lowest, max(value) AS highest
    FROM alert_incident_events GROUP BY incident_id
) AS v, alert_incidents AS o
LEFT JOIN performance_alert_thresholds AS t ON t.id = o.threshold_id
LEFT JOIN alert_window_rules AS w ON w.id = o.window_rule_id
WHERE v.incident_id = i.id AND o.id = i.id;

-- How far a window rule was evaluated. A rule about time looks no further than everything that completed is recorded, and never back.
CREATE TABLE alert_window_evaluations (
    window_rule_id  BIGINT PRIMARY KEY REFERENCES alert_window_rules(id) ON DELETE CASCADE,
    evaluated_until TIMESTAMPTZ NOT NULL,
    -- Completions of the rule's scope that were not recorded yet at the latest look.
    waiting_jobs    BIGINT NOT NULL DEFAULT 0,
    -- Since when the window has had too few jobs; NULL while it has enough.
    no_data_since   TIMESTAMPTZ
);
