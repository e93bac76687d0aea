-- What gateways and canaries found. Pruned by age and by count; the newest rebuild the monitor's counts after a restart.
CREATE TABLE isolation_findings (
    id        TEXT   NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    class     TEXT   NOT NULL,
    verdict   TEXT   NOT NULL,
    source    TEXT   NOT NULL,
    vendor    TEXT   NOT NULL,
    device    TEXT   NOT NULL,
    delivered TEXT   NULL,
    platform  TEXT   NOT NULL,
    link      TEXT   NOT NULL,
    detail    TEXT   NOT NULL
);

CREATE INDEX isolation_findings_at ON isolation_findings (at);

-- What the monitor suspended, and how fast.
CREATE TABLE isolation_trips (
    suspension  TEXT             NOT NULL PRIMARY KEY,
    version     BIGINT           NOT NULL,
    at          BIGINT           NOT NULL,
    rule        TEXT             NOT NULL,
    vendor      TEXT             NOT NULL,
    device      TEXT             NULL,
    because     TEXT             NOT NULL,
    raised_ms   DOUBLE PRECISION NOT NULL,
    in_force_ms DOUBLE PRECISION NULL
);

CREATE INDEX isolation_trips_at ON isolation_trips (at);

-- What each camera's decoder configuration looked like: two hashes, no pictures.
CREATE TABLE isolation_prints (
    device         TEXT   NOT NULL PRIMARY KEY,
    model          TEXT   NULL,
    firmware       TEXT   NULL,
    init           TEXT   NOT NULL,
    parameter_sets TEXT   NULL,
    disputed_at    BIGINT NULL
);
