-- What Quartz keeps of its jobs, so that several instances share one schedule and a job that was due while one died is run by
-- another. The tables are Quartz's own (its schema for PostgreSQL, version 4.7, without the history it can keep): PerfDash
-- neither reads nor writes their rows itself, but for the next run of a job.

CREATE TABLE perfdash_qrtz_job_details (
    sched_name        TEXT NOT NULL,
    job_name          TEXT NOT NULL,
    job_group         TEXT NOT NULL,
    description       TEXT,
    job_class_name    TEXT NOT NULL,
    is_durable        BOOLEAN NOT NULL,
    is_nonconcurrent  BOOLEAN NOT NULL,
    is_update_data    BOOLEAN NOT NULL,
    requests_recovery BOOLEAN NOT NULL,
    job_data          BYTEA,
    PRIMARY KEY (sched_name, job_name, job_group)
);

CREATE TABLE perfdash_qrtz_triggers (
    sched_name              TEXT NOT NULL,
    trigger_name            TEXT NOT NULL,
    trigger_group           TEXT NOT NULL,
    job_name                TEXT NOT NULL,
    job_group               TEXT NOT NULL,
    description             TEXT,
    next_fire_time          BIGINT,
    prev_fire_time          BIGINT,
    priority                INTEGER,
    trigger_state           TEXT NOT NULL,
    trigger_type            TEXT NOT NULL,
    start_time              BIGINT NOT NULL,
    end_time                BIGINT,
    calendar_name           TEXT,
    misfire_instr           SMALLINT,
    misfire_orig_fire_time  BIGINT,
    execution_group         VARCHAR(200),
    preferred_node          VARCHAR(200),
    preferred_node_auto     BOOLEAN NOT NULL DEFAULT false,
    retry_policy            VARCHAR(250),
    retry_attempt           INTEGER,
    continues_trigger_name  TEXT,
    continues_trigger_group TEXT,
    continuation_condition  INTEGER,
    overlap_policy          INTEGER,
    pause_reason            VARCHAR(250),
    paused_by               VARCHAR(200),
    paused_at               BIGINT,
    misfire_threshold       BIGINT,
    fixed_delay             BOOLEAN,
    job_data                BYTEA,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, job_name, job_group) REFERENCES perfdash_qrtz_job_details (sched_name, job_name, job_group)
);

CREATE TABLE perfdash_qrtz_simple_triggers (
    sched_name      TEXT NOT NULL,
    trigger_name    TEXT NOT NULL,
    trigger_group   TEXT NOT NULL,
    repeat_count    BIGINT NOT NULL,
    repeat_interval BIGINT NOT NULL,
    times_triggered BIGINT NOT NULL,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, trigger_name, trigger_group) REFERENCES perfdash_qrtz_triggers (sched_name, trigger_name, trigger_group) ON DELETE CASCADE
);

CREATE TABLE perfdash_qrtz_cron_triggers (
    sched_name      TEXT NOT NULL,
    trigger_name    TEXT NOT NULL,
    trigger_group   TEXT NOT NULL,
    cron_expression TEXT NOT NULL,
    time_zone_id    TEXT,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, trigger_name, trigger_group) REFERENCES perfdash_qrtz_triggers (sched_name, trigger_name, trigger_group) ON DELETE CASCADE
);

CREATE TABLE perfdash_qrtz_simprop_triggers (
    sched_name    TEXT NOT NULL,
    trigger_name  TEXT NOT NULL,
    trigger_group TEXT NOT NULL,
    str_prop_1    TEXT,
    str_prop_2    TEXT,
    str_prop_3    TEXT,
    int_prop_1    INTEGER,
    int_prop_2    INTEGER,
    long_prop_1   BIGINT,
    long_prop_2   BIGINT,
    dec_prop_1    NUMERIC,
    dec_prop_2    NUMERIC,
    bool_prop_1   BOOLEAN,
    bool_prop_2   BOOLEAN,
    time_zone_id  TEXT,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, trigger_name, trigger_group) REFERENCES perfdash_qrtz_triggers (sched_name, trigger_name, trigger_group) ON DELETE CASCADE
);

CREATE TABLE perfdash_qrtz_blob_triggers (
    sched_name    TEXT NOT NULL,
    trigger_name  TEXT NOT NULL,
    trigger_group TEXT NOT NULL,
    blob_data     BYTEA,
    PRIMARY KEY (sched_name, trigger_name, trigger_group),
    FOREIGN KEY (sched_name, trigger_name, trigger_group) REFERENCES perfdash_qrtz_triggers (sched_name, trigger_name, trigger_group) ON DELETE CASCADE
);

CREATE TABLE perfdash_qrtz_calendars (
    sched_name    TEXT NOT NULL,
    calendar_name TEXT NOT NULL,
    calendar      BYTEA NOT NULL,
    PRIMARY KEY (sched_name, calendar_name)
);

CREATE TABLE perfdash_qrtz_paused_trigger_grps (
    sched_name    TEXT NOT NULL,
    trigger_group TEXT NOT NULL,
    pause_reason  VARCHAR(250),
    paused_by     VARCHAR(200),
    paused_at     BIGINT,
    PRIMARY KEY (sched_name, trigger_group)
);

CREATE TABLE perfdash_qrtz_paused_job_grps (
    sched_name   TEXT NOT NULL,
    job_group    TEXT NOT NULL,
    pause_reason VARCHAR(250),
    paused_by    VARCHAR(200),
    paused_at    BIGINT,
    PRIMARY KEY (sched_name, job_group)
);

CREATE TABLE perfdash_qrtz_fired_triggers (
    sched_name               TEXT NOT NULL,
    entry_id                 TEXT NOT NULL,
    trigger_name             TEXT NOT NULL,
    trigger_group            TEXT NOT NULL,
    instance_name            TEXT NOT NULL,
    fired_time               BIGINT NOT NULL,
    sched_time               BIGINT NOT NULL,
    priority                 INTEGER NOT NULL,
    state                    TEXT NOT NULL,
    job_name                 TEXT,
    job_group                TEXT,
    is_nonconcurrent         BOOLEAN NOT NULL,
    requests_recovery        BOOLEAN,
    execution_group          VARCHAR(200),
    progress                 INTEGER,
    progress_message         VARCHAR(250),
    interrupt_requested_time BIGINT,
    PRIMARY KEY (sched_name, entry_id)
);

CREATE TABLE perfdash_qrtz_scheduler_state (
    sched_name        TEXT NOT NULL,
    instance_name     TEXT NOT NULL,
    last_checkin_time BIGINT NOT NULL,
    checkin_interval  BIGINT NOT NULL,
    quartz_version    VARCHAR(20),
    PRIMARY KEY (sched_name, instance_name)
);

CREATE TABLE perfdash_qrtz_locks (
    sched_name TEXT NOT NULL,
    lock_name  TEXT NOT NULL,
    PRIMARY KEY (sched_name, lock_name)
);

CREATE INDEX idx_perfdash_qrtz_j_g_n ON perfdash_qrtz_job_details(sched_name, job_group, job_name);
CREATE INDEX idx_perfdash_qrtz_t_j ON perfdash_qrtz_triggers(sched_name, job_name, job_group);
CREATE INDEX idx_perfdash_qrtz_t_g_n ON perfdash_qrtz_triggers(sched_name, trigger_group, trigger_name);
CREATE INDEX idx_perfdash_qrtz_t_c ON perfdash_qrtz_triggers(sched_name, calendar_name);
CREATE INDEX idx_perfdash_qrtz_t_nft_st ON perfdash_qrtz_triggers(sched_name, trigger_state, next_fire_time, priority DESC, misfire_instr);
CREATE INDEX idx_perfdash_qrtz_ft_inst_job_req_rcvry ON perfdash_qrtz_fired_triggers(sched_name, instance_name, requests_recovery);
CREATE INDEX idx_perfdash_qrtz_ft_j_g ON perfdash_qrtz_fired_triggers(sched_name, job_name, job_group);
CREATE INDEX idx_perfdash_qrtz_ft_t_g ON perfdash_qrtz_fired_triggers(sched_name, trigger_name, trigger_group);
