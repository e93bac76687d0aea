-- What a maker's cameras must prove, where somebody decided otherwise than G2. Who decided before is in the trail.
CREATE TABLE evidence_grades (
    vendor     TEXT   NOT NULL PRIMARY KEY,
    grade      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    decided_by TEXT   NOT NULL,
    decided_at BIGINT NOT NULL
);

-- The key that a camera itself signs with, as its maker enrolled it.
ALTER TABLE devices ADD COLUMN evidence_key TEXT NULL;
ALTER TABLE devices ADD COLUMN evidence_thumbprint TEXT NULL;
CREATE INDEX devices_evidence_thumbprint ON devices (evidence_thumbprint);

-- The key as it was consented: a thumbprint, or that the maker derives it. Until now all were derived.
ALTER TABLE device_bindings ADD COLUMN evidence_pin TEXT NOT NULL DEFAULT 'derived';

-- What a session was opened with: a renewal compares it with what is demanded by then.
ALTER TABLE stream_grants ADD COLUMN grade TEXT NULL;
