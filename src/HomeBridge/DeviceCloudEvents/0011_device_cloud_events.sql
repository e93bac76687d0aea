-- Signatures that were used: a call that is sent again as it was is refused. Kept for as long as its time would do.
CREATE TABLE event_nonces (
    key_id  TEXT   NOT NULL,
    nonce   TEXT   NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (key_id, nonce)
);

CREATE INDEX event_nonces_created ON event_nonces (created);

-- Events that were applied: one that is sent again does nothing.
CREATE TABLE applied_events (
    vendor   TEXT   NOT NULL,
    event_id TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (vendor, event_id)
);

CREATE INDEX applied_events_at ON applied_events (at);

-- How far each device's story is told: an older state doesn't overwrite a newer one.
CREATE TABLE event_sequences (
    vendor           TEXT   NOT NULL,
    vendor_device_id TEXT   NOT NULL,
    sequence         BIGINT NOT NULL,
    PRIMARY KEY (vendor, vendor_device_id)
);

-- Events ask for a device's bindings, whichever link has them.
CREATE INDEX IF NOT EXISTS device_bindings_device ON device_bindings (device);
