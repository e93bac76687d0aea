-- What a suspension that is being resumed stops no more, as JSON; NULL while all of its scope is stopped.
ALTER TABLE suspensions ADD COLUMN spared TEXT NULL;

-- Drills only: when they end by themselves.
ALTER TABLE suspensions ADD COLUMN expires_at BIGINT NULL;

-- When somebody was last reminded to look at it.
ALTER TABLE suspensions ADD COLUMN reminded_at BIGINT NULL;

-- Orders that came with a key of the caller's: sent again, they are the same order. Kept for a day.
CREATE TABLE suspension_requests (
    author      TEXT   NOT NULL,
    request_key TEXT   NOT NULL,
    body_hash   TEXT   NOT NULL,
    suspension  TEXT   NOT NULL REFERENCES suspensions (id),
    at          BIGINT NOT NULL,
    PRIMARY KEY (author, request_key)
);

CREATE INDEX suspension_requests_at ON suspension_requests (at);
