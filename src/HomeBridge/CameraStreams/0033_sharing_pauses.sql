-- A resident shares no video: of one camera, or of all (device ''). Null until_at means until they turn it on again.
CREATE TABLE sharing_pauses (
    vendor    TEXT   NOT NULL,
    account   TEXT   NOT NULL,
    device    TEXT   NOT NULL,
    paused_at BIGINT NOT NULL,
    until_at  BIGINT NULL,
    PRIMARY KEY (vendor, account, device)
);

-- Whose grant it is, by maker too; and why it was stopped here before the gateway told its end.
ALTER TABLE stream_grants ADD COLUMN vendor TEXT NOT NULL DEFAULT '';
ALTER TABLE stream_grants ADD COLUMN stopped_because TEXT NULL;
UPDATE stream_grants SET vendor = COALESCE((SELECT l.vendor FROM account_links l WHERE l.id = stream_grants.account_link), '');
CREATE INDEX stream_grants_account ON stream_grants (vendor, account, granted_at);
