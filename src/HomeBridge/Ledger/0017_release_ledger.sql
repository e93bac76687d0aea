-- Which session released which units of which camera. A row is what one session released within a second or so, packed;
-- its hash covers the row before it and its session. Whole days go, oldest first, and leave their head behind.
CREATE TABLE ledger_sessions (
    id               INTEGER NOT NULL PRIMARY KEY,
    grant_id         TEXT    NOT NULL,
    gateway          TEXT    NOT NULL,
    platform         TEXT    NOT NULL,
    account_link     TEXT    NOT NULL,
    account          TEXT    NOT NULL,
    device           TEXT    NOT NULL,
    vendor           TEXT    NOT NULL,
    vendor_device_id TEXT    NOT NULL,
    opened_at        BIGINT  NOT NULL,
    UNIQUE (grant_id, gateway)
);

CREATE INDEX ledger_sessions_device ON ledger_sessions (device, opened_at);

CREATE TABLE ledger_rows (
    seq      INTEGER NOT NULL PRIMARY KEY,
    session  BIGINT  NOT NULL,
    first_at BIGINT  NOT NULL,
    last_at  BIGINT  NOT NULL,
    units    BIGINT  NOT NULL,
    bytes    BIGINT  NOT NULL,
    packed   BLOB    NOT NULL,
    hash     BLOB    NOT NULL
);

CREATE INDEX ledger_rows_session ON ledger_rows (session);

-- One row a day, kept after the day is pruned: what follows stands on its head.
CREATE TABLE ledger_days (
    day          INTEGER NOT NULL PRIMARY KEY,
    last_row     BIGINT  NOT NULL,
    units        BIGINT  NOT NULL,
    stored_bytes BIGINT  NOT NULL,
    head         BLOB    NOT NULL,
    sealed_at    BIGINT  NULL,
    pruned_at    BIGINT  NULL
);

-- How far each run of a gateway has told: a batch that comes twice is recorded once.
CREATE TABLE ledger_batches (
    gateway TEXT   NOT NULL,
    run     TEXT   NOT NULL,
    batch   BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (gateway, run)
);

CREATE TRIGGER ledger_rows_no_update BEFORE UPDATE ON ledger_rows BEGIN SELECT RAISE(ABORT, 'the ledger is insert-only'); END;
CREATE TRIGGER ledger_rows_no_delete BEFORE DELETE ON ledger_rows
WHEN OLD.seq > COALESCE((SELECT MAX(last_row) FROM ledger_days WHERE pruned_at IS NOT NULL), 0)
BEGIN SELECT RAISE(ABORT, 'only rows of a pruned day may go'); END;
CREATE TRIGGER ledger_sessions_no_update BEFORE UPDATE ON ledger_sessions BEGIN SELECT RAISE(ABORT, 'the ledger is insert-only'); END;
