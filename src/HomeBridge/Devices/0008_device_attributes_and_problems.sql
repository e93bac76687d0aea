-- What the device cloud said of a device's traits in detail, as JSON: parameters and states are checked against it.
ALTER TABLE devices ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';

-- Devices that the last SYNC of an account had to leave out, and why. For operators.
CREATE TABLE device_problems (
    vendor  TEXT   NOT NULL,
    account TEXT   NOT NULL,
    device  TEXT   NOT NULL,
    type    TEXT   NOT NULL,
    problem TEXT   NOT NULL,
    since   BIGINT NOT NULL,
    PRIMARY KEY (vendor, account, device)
);
