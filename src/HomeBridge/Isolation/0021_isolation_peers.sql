-- By what peer connections were agreed within the last day: hashes and names that no two cameras share.
CREATE TABLE isolation_peers (
    mark   TEXT   NOT NULL,
    vendor TEXT   NOT NULL,
    device TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (vendor, mark, device)
);

CREATE INDEX isolation_peers_at ON isolation_peers (at);
