-- What ended with a link, counted in the transaction that ended it: one row for each link that ended, never changed.
CREATE TABLE link_receipts (
    account_link   TEXT   NOT NULL PRIMARY KEY REFERENCES account_links (id),
    ended_at       BIGINT NOT NULL,
    ended_by       TEXT   NOT NULL CHECK (ended_by IN ('resident', 'platform', 'maker', 'system')),
    because        TEXT   NOT NULL,
    access_tokens  BIGINT NOT NULL,
    refresh_tokens BIGINT NOT NULL,
    codes          BIGINT NOT NULL,
    devices        BIGINT NOT NULL,
    streams        BIGINT NOT NULL,
    tickets        BIGINT NOT NULL,
    waiting        BIGINT NOT NULL,
    tells_platform BIGINT NOT NULL
);

-- A link of an account that was deleted here: kept as a record of who had access, and no longer the resident's list.
ALTER TABLE account_links ADD COLUMN forgotten_at BIGINT NULL;

-- Which codes open a link is asked when it ends.
CREATE INDEX authorization_codes_opens ON authorization_codes (opens);
