-- Each time that the switch was tried on a canary, and how long the picture outlived it.
CREATE TABLE drills (
    id           TEXT   NOT NULL PRIMARY KEY,
    at           BIGINT NOT NULL,
    by_whom      TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    suspension   TEXT   NULL,
    outcome      TEXT   NOT NULL,
    detail       TEXT   NOT NULL,
    confirmed_ms BIGINT NULL,
    last_byte_ms BIGINT NULL,
    back_ms      BIGINT NULL
);

CREATE INDEX drills_at ON drills (at);
