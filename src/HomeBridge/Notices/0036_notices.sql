-- What residents are told: written in the transaction of what happened, kept for a while.
CREATE TABLE notices (
    id          TEXT   NOT NULL PRIMARY KEY,
    vendor      TEXT   NOT NULL,
    account     TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    happened_at BIGINT NOT NULL,
    platform    TEXT   NOT NULL,
    because     TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    time_zone   TEXT   NULL
);

CREATE INDEX notices_age ON notices (happened_at);
CREATE INDEX notices_home ON notices (vendor, account, kind, happened_at);

-- Where each of them still has to go. A row goes when it arrived, or when nobody tries any more.
CREATE TABLE notice_deliveries (
    notice   TEXT   NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    channel  TEXT   NOT NULL,
    address  TEXT   NULL,
    due_at   BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (notice, channel)
);

CREATE INDEX notice_deliveries_due ON notice_deliveries (due_at);

-- What a home is told once and not again. NULL is for ever.
CREATE TABLE notices_told_once (
    vendor     TEXT   NOT NULL,
    account    TEXT   NOT NULL,
    occasion   TEXT   NOT NULL,
    kept_until BIGINT NULL,
    PRIMARY KEY (occasion, vendor, account)
);

CREATE INDEX notices_told_once_age ON notices_told_once (kept_until);

-- Occasions of which many homes are told, one page after the other, until they are over.
CREATE TABLE notice_rounds (
    occasion TEXT   NOT NULL PRIMARY KEY,
    is_whole BIGINT NOT NULL DEFAULT 0
);
