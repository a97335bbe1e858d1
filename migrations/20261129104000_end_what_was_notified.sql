-- Whether the receiver behind a channel knows of this alert, may know of it, or will: its opening or its escalation was
-- delivered, is waiting, or was attempted without a clear answer. Only what was refused never arrived: such a delivery is given
-- up after 6 attempts, everything else after many more.
CREATE FUNCTION perfdash_alert_is_known(incident BIGINT, channel BIGINT) RETURNS boolean
LANGUAGE sql STABLE AS $fn$
    SELECT EXISTS (
        SELECT FROM notification_deliveries AS d
        WHERE d.incident_id = incident AND d.channel_id = channel
          AND d.message ->> 'event' IN ('alert.opened', 'alert.raised')
          AND (d.state IN ('pending', 'delivered') OR (d.attempts > 0 AND NOT (d.state = 'failed' AND d.attempts <= 6))))
$fn$;

-- Resolutions that wait for the end of a mute, or for their channel to be enabled: few among many.
CREATE INDEX idx_notification_deliveries_withheld_ends ON notification_deliveries(last_error, created_at)
    WHERE state = 'withheld' AND message ->> 'event' = 'alert.resolved';
