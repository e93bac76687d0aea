-- What ended may also be one viewer's stream, and nothing else of its link.
ALTER TABLE revocations ADD COLUMN grant_id TEXT NULL;
