-- A device as platforms see it. The id is random, given once, and the same for every link to that device.
CREATE TABLE devices (
    id               TEXT   NOT NULL PRIMARY KEY,
    vendor           TEXT   NOT NULL,
    vendor_device_id TEXT   NOT NULL,
    type             TEXT   NOT NULL,
    traits           TEXT   NOT NULL,
    model            TEXT   NULL,
    firmware         TEXT   NULL,
    UNIQUE (vendor, vendor_device_id)
);
