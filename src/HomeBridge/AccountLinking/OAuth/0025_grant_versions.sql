-- Ending a grant raises its version; a token of another version opens nothing, however it came to be written.
ALTER TABLE account_links ADD COLUMN grant_version BIGINT NOT NULL DEFAULT 1;

ALTER TABLE tokens ADD COLUMN grant_version BIGINT NOT NULL DEFAULT 1;
