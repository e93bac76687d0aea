-- What residents don't want to be told. No row is the usual case: they are told.
CREATE TABLE notices_off (
    vendor  TEXT   NOT NULL,
    account TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    since   BIGINT NOT NULL,
    PRIMARY KEY (vendor, account, kind)
);

-- The camera that a notice is about, in its resident's words; empty where it is about none.
ALTER TABLE notices ADD COLUMN camera TEXT NOT NULL DEFAULT '';
