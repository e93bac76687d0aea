-- A resident's companion app on one device: a grant of its own kind, with tokens that fulfillment never reads.
CREATE TABLE companion_sessions (
    id            TEXT   NOT NULL PRIMARY KEY,
    client_id     TEXT   NOT NULL,
    vendor        TEXT   NOT NULL,
    account       TEXT   NOT NULL,
    confirmed_at  BIGINT NOT NULL,
    begun_at      BIGINT NULL,
    last_used_at  BIGINT NULL,
    ended_at      BIGINT NULL,
    ended_because TEXT   NULL,
    grant_version BIGINT NOT NULL DEFAULT 1
);

CREATE INDEX companion_sessions_account ON companion_sessions (vendor, account, ended_at);

-- A refresh token that was replaced stays, so that its second use is seen. What replaced it is encrypted under the token
-- itself, which is not stored.
CREATE TABLE companion_tokens (
    hash          TEXT   NOT NULL PRIMARY KEY,
    kind          TEXT   NOT NULL CHECK (kind IN ('access', 'refresh')),
    session       TEXT   NOT NULL REFERENCES companion_sessions (id),
    grant_version BIGINT NOT NULL,
    issued_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    replaced_at   BIGINT NULL,
    successor     TEXT   NULL
);

CREATE INDEX companion_tokens_session ON companion_tokens (session, kind, expires_at);

-- A code opens an account link or a companion session.
CREATE TABLE authorization_codes_of_grants (
    hash           TEXT   NOT NULL PRIMARY KEY,
    opens          TEXT   NOT NULL,
    client_id      TEXT   NOT NULL,
    redirect_uri   TEXT   NOT NULL,
    code_challenge TEXT   NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT NULL
);

INSERT INTO authorization_codes_of_grants (hash, opens, client_id, redirect_uri, code_challenge, expires_at, used_at)
SELECT hash, account_link, client_id, redirect_uri, code_challenge, expires_at, used_at FROM authorization_codes;

DROP TABLE authorization_codes;

ALTER TABLE authorization_codes_of_grants RENAME TO authorization_codes;

CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);
