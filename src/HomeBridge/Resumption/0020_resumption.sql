-- How a suspension is brought back: the last plan of each, and where it stands.
CREATE TABLE resume_plans (
    suspension     TEXT   NOT NULL PRIMARY KEY,
    plan           TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    stage          BIGINT NOT NULL,
    since          BIGINT NOT NULL,
    started_by     TEXT   NOT NULL,
    started_at     BIGINT NOT NULL,
    reason         TEXT   NOT NULL,
    answers_good   BIGINT NOT NULL,
    answers_total  BIGINT NOT NULL,
    resync_pending BIGINT NOT NULL DEFAULT 0,
    resync_vendor  TEXT   NULL,
    resync_account TEXT   NULL
);

CREATE INDEX resume_plans_state ON resume_plans (state, resync_pending);

-- Every step of every plan. Insert only.
CREATE TABLE resume_history (
    suspension TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    event      TEXT   NOT NULL,
    stage      TEXT   NOT NULL,
    says       TEXT   NOT NULL,
    PRIMARY KEY (suspension, seq)
);
