-- Who is on this database: a row for each process of the bridge, in which it counts on. Nobody compares clocks: a row that
-- stands still is that of a process which stands still.
CREATE TABLE replicas (
    run       TEXT   NOT NULL PRIMARY KEY,
    name      TEXT   NOT NULL,
    beat      BIGINT NOT NULL,
    listening TEXT   NULL,
    says      TEXT   NOT NULL
);
