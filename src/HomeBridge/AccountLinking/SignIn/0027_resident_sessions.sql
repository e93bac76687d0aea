-- What the maker's identity provider last said about an account, at its last sign-in.
CREATE TABLE resident_profiles (
    vendor       TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    email        TEXT   NULL,
    time_zone    TEXT   NULL,
    locale       TEXT   NULL,
    signed_in_at BIGINT NOT NULL,
    PRIMARY KEY (vendor, account)
);

-- Browsers in which a resident is signed in. The cookie's value is never stored, only its SHA-256.
CREATE TABLE resident_sessions (
    id           TEXT   NOT NULL PRIMARY KEY,
    hash         TEXT   NOT NULL UNIQUE,
    vendor       TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    browser      TEXT   NOT NULL,
    begun_at     BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    FOREIGN KEY (vendor, account) REFERENCES resident_profiles (vendor, account)
);

CREATE INDEX resident_sessions_account ON resident_sessions (vendor, account, last_used_at);
