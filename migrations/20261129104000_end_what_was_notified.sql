-- Attempts that were neither accepted nor refused, over all retries: the receiver may have the message nevertheless.
ALTER TABLE notification_deliveries ADD COLUMN unclear_attempts INTEGER NOT NULL DEFAULT 0;

-- What was refused was given up after 6 attempts, everything else after many more.
UPDATE notification_deliveries SET unclear_attempts = attempts
WHERE attempts > 0 AND state <> 'delivered' AND NOT (state = 'failed' AND attempts <= 6);

-- Whether the receiver behind a channel knows of this alert, may know of it, or will: its opening or its escalation was
-- delivered, is waiting, or was attempted without a clear answer.
CREATE FUNCTION perfdash_alert_is_known(incident BIGINT, channel BIGINT) RETURNS boolean
LANGUAGE sql STABLE AS $fn$
    SELECT EXISTS (
        SELECT FROM notification_deliveries AS d
        WHERE d.incident_id = incident AND d.channel_id = channel
          AND d.message ->> 'event' IN ('alert.opened', 'alert.raised')
          AND (d.state IN ('pending', 'delivered') OR d.unclear_attempts > 0))
$fn$;

-- Whether the opening or the escalation of this alert must be sent again before its resolution: it was attempted without a clear
-- answer and then withheld, and nothing else of the alert was delivered or is waiting.
CREATE FUNCTION perfdash_alert_is_unconfirmed(incident BIGINT, channel BIGINT) RETURNS boolean
LANGUAGE sql STABLE AS $fn$
    SELECT COALESCE(bool_or(d.state = 'withheld' AND d.unclear_attempts > 0) AND NOT bool_or(d.state IN ('pending', 'delivered')), false)
    FROM notification_deliveries AS d
    WHERE d.incident_id = incident AND d.channel_id = channel
      AND d.message ->> 'event' IN ('alert.opened', 'alert.raised')
$fn$;

-- Resolutions that wait for the end of a mute, or for their channel to be enabled: few among many.
CREATE INDEX idx_notification_deliveries_withheld_ends ON notification_deliveries(last_error, created_at)
    WHERE state = 'withheld' AND message ->> 'event' = 'alert.resolved';
