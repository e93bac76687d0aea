-- Which session released which units of which camera. A row is what one session released within a second or so, packed;
-- its hash covers the row before it and its session. Whole days go, oldest first, and leave their head behind.
CREATE TABLE ledger_sessions (
    id               BIGINT NOT NULL PRIMARY KEY,
    grant_id         TEXT COLLATE "C" NOT NULL,
    gateway          TEXT COLLATE "C" NOT NULL,
    platform         TEXT COLLATE "C" NOT NULL,
    account_link     TEXT COLLATE "C" NOT NULL,
    account          TEXT COLLATE "C" NOT NULL,
    device           TEXT COLLATE "C" NOT NULL,
    vendor           TEXT COLLATE "C" NOT NULL,
    vendor_device_id TEXT COLLATE "C" NOT NULL,
    opened_at        BIGINT NOT NULL,
    UNIQUE (grant_id, gateway)
);

CREATE INDEX ledger_sessions_device ON ledger_sessions (device, opened_at);

CREATE TABLE ledger_rows (
    seq      BIGINT NOT NULL PRIMARY KEY,
    session  BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    units    BIGINT NOT NULL,
    bytes    BIGINT NOT NULL,
    packed   BYTEA NOT NULL,
    hash     BYTEA NOT NULL
);

CREATE INDEX ledger_rows_session ON ledger_rows (session);

-- One row a day, kept after the day is pruned: what follows stands on its head.
CREATE TABLE ledger_days (
    day          BIGINT NOT NULL PRIMARY KEY,
    last_row     BIGINT NOT NULL,
    units        BIGINT NOT NULL,
    stored_bytes BIGINT NOT NULL,
    head         BYTEA NOT NULL,
    sealed_at    BIGINT NULL,
    pruned_at    BIGINT NULL
);

-- How far each run of a gateway has told: a batch that comes twice is recorded once.
CREATE TABLE ledger_batches (
    gateway TEXT COLLATE "C" NOT NULL,
    run     TEXT COLLATE "C" NOT NULL,
    batch   BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (gateway, run)
);

CREATE FUNCTION ledger_is_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is insert-only';
END $$;

CREATE FUNCTION ledger_rows_go_with_their_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seq > COALESCE((SELECT MAX(last_row) FROM ledger_days WHERE pruned_at IS NOT NULL), 0) THEN
        RAISE EXCEPTION 'only rows of a pruned day may go';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER ledger_rows_no_update BEFORE UPDATE ON ledger_rows FOR EACH ROW EXECUTE FUNCTION ledger_is_insert_only();
CREATE TRIGGER ledger_rows_no_truncate BEFORE TRUNCATE ON ledger_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_insert_only();
CREATE TRIGGER ledger_rows_no_delete BEFORE DELETE ON ledger_rows FOR EACH ROW EXECUTE FUNCTION ledger_rows_go_with_their_day();
CREATE TRIGGER ledger_sessions_no_update BEFORE UPDATE ON ledger_sessions FOR EACH ROW EXECUTE FUNCTION ledger_is_insert_only();
