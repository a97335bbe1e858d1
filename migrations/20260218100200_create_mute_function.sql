-- Whether nothing is to be sent of this incident now: its rule is muted, or the scope of its subject, or everything.
CREATE FUNCTION perfdash_alert_is_muted(incident BIGINT) RETURNS boolean
LANGUAGE sql STABLE AS $fn$
    SELECT EXISTS (
        SELECT FROM alert_incidents AS i
        WHERE i.id = incident
          AND (EXISTS (SELECT FROM performance_alert_thresholds AS t WHERE t.id = i.threshold_id AND t.muted_until > now())
               OR EXISTS (SELECT FROM alert_window_rules AS w WHERE w.id = i.window_rule_id AND w.muted_until > now())
               OR EXISTS (SELECT FROM alert_mutes AS m
                          WHERE m.until > now()
                            AND (m.scope_type = 'global' OR (m.scope_type = i.subject_type AND m.scope_id = i.subject_id)))))
$fn$;
