CREATE TABLE suspensions (
    id          TEXT   NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL UNIQUE,
    state       TEXT   NOT NULL,
    origin      TEXT   NOT NULL,
    preset      TEXT   NULL,
    scope       TEXT   NOT NULL,
    effects     BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    incident    TEXT   NOT NULL,
    author      TEXT   NOT NULL,
    raised_at   BIGINT NOT NULL,
    review_at   BIGINT NOT NULL,
    lifted_at   BIGINT NULL,
    lifted_by   TEXT   NULL,
    lift_reason TEXT   NULL
);

CREATE INDEX suspensions_state ON suspensions (state);

-- One row: the version that every replica and gateway must reach. It grows with each raise and each lift.
CREATE TABLE suspension_head (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    version  BIGINT  NOT NULL
);

INSERT INTO suspension_head (only_row, version) VALUES (1, 0);
