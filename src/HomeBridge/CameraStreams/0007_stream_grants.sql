-- What a viewer was granted, recorded before its ticket exists. Insert, then redeemed once, then ended.
CREATE TABLE stream_grants (
    id             TEXT   NOT NULL PRIMARY KEY,
    account_link   TEXT   NOT NULL,
    platform       TEXT   NOT NULL,
    account        TEXT   NOT NULL,
    device         TEXT   NOT NULL,
    granted_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    redeemed_at    BIGINT NULL,
    redeemed_by    TEXT   NULL,
    maker_stream   TEXT   NULL,
    ended_at       BIGINT NULL,
    ended_because  TEXT   NULL,
    units_released BIGINT NOT NULL DEFAULT 0,
    bytes_released BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX stream_grants_link ON stream_grants (account_link, granted_at);
CREATE INDEX stream_grants_device ON stream_grants (device, ended_at, redeemed_at);
