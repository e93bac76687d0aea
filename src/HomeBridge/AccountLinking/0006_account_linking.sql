-- One id for a platform's user of a device-cloud account; shared by all links between the two.
CREATE TABLE agent_users (
    platform      TEXT NOT NULL,
    vendor        TEXT NOT NULL,
    account       TEXT NOT NULL,
    agent_user_id TEXT NOT NULL UNIQUE,
    PRIMARY KEY (platform, vendor, account)
);

-- The standing permission that tokens point at.
CREATE TABLE account_links (
    id            TEXT   NOT NULL PRIMARY KEY,
    platform      TEXT   NOT NULL,
    client_id     TEXT   NOT NULL,
    vendor        TEXT   NOT NULL,
    account       TEXT   NOT NULL,
    agent_user_id TEXT   NOT NULL,
    consented_at  BIGINT NOT NULL,
    consent_text  TEXT   NOT NULL,
    linked_at     BIGINT NULL,
    ended_at      BIGINT NULL,
    ended_because TEXT   NULL
);

CREATE INDEX account_links_account ON account_links (vendor, account, ended_at);

-- "This device is exposed through this link."
CREATE TABLE device_bindings (
    account_link TEXT   NOT NULL REFERENCES account_links (id),
    device       TEXT   NOT NULL,
    bound_at     BIGINT NOT NULL,
    PRIMARY KEY (account_link, device)
);

-- A browser on its way from "who asks" to "agree".
CREATE TABLE linking_attempts (
    id_hash      TEXT   NOT NULL PRIMARY KEY,
    browser_hash TEXT   NOT NULL,
    request      TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL
);

-- Secrets are never stored, only their SHA-256.
CREATE TABLE authorization_codes (
    hash           TEXT   NOT NULL PRIMARY KEY,
    account_link   TEXT   NOT NULL REFERENCES account_links (id),
    client_id      TEXT   NOT NULL,
    redirect_uri   TEXT   NOT NULL,
    code_challenge TEXT   NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT NULL
);

CREATE TABLE tokens (
    hash         TEXT   NOT NULL PRIMARY KEY,
    kind         TEXT   NOT NULL CHECK (kind IN ('access', 'refresh')),
    account_link TEXT   NOT NULL REFERENCES account_links (id),
    client_id    TEXT   NOT NULL,
    issued_at    BIGINT NOT NULL,
    expires_at   BIGINT NULL
);

CREATE INDEX tokens_account_link ON tokens (account_link, kind, expires_at);
