-- The maker's tokens of an account, encrypted with Data Protection; one row for each account that has any.
CREATE TABLE maker_tokens (
    vendor            TEXT   NOT NULL,
    account           TEXT   NOT NULL,
    version           BIGINT NOT NULL,
    refresh_token     TEXT   NOT NULL,
    access_token      TEXT   NULL,
    access_expires_at BIGINT NULL,
    renewed_at        BIGINT NOT NULL,
    next_call_at      BIGINT NOT NULL,
    failures          BIGINT NOT NULL,
    refused_at        BIGINT NULL,
    PRIMARY KEY (vendor, account)
);

CREATE INDEX maker_tokens_due ON maker_tokens (refused_at, renewed_at);
