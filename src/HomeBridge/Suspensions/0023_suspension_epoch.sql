-- The numbering that versions belong to. It grows when two people take a new one, after a backup was restored.
ALTER TABLE suspension_head ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;

CREATE TABLE suspension_rebases (
    id           TEXT   NOT NULL PRIMARY KEY,
    proposed_by  TEXT   NOT NULL,
    proposed_at  BIGINT NOT NULL,
    reason       TEXT   NOT NULL,
    confirmed_by TEXT   NULL,
    confirmed_at BIGINT NULL
);
