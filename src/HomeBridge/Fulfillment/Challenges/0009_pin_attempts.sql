-- PINs that were tried and not found right, for as long as they count. Never the PIN.
CREATE TABLE pin_attempts (
    id      TEXT   NOT NULL PRIMARY KEY,
    vendor  TEXT   NOT NULL,
    account TEXT   NOT NULL,
    device  TEXT   NOT NULL,
    at      BIGINT NOT NULL
);

CREATE INDEX pin_attempts_device ON pin_attempts (device, at);
CREATE INDEX pin_attempts_account ON pin_attempts (vendor, account, at);
