-- Keys of the ring that an operator took out: they stay out, whatever the configuration still says.
CREATE TABLE removed_ticket_keys (
    id         BIGINT NOT NULL PRIMARY KEY,
    removed_at BIGINT NOT NULL,
    removed_by TEXT   NOT NULL,
    reason     TEXT   NOT NULL
);
