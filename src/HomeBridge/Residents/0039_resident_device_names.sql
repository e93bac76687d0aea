-- What a home's devices were called when its maker last listed them: for pages, while the maker does not answer.
CREATE TABLE resident_device_names (
    vendor  TEXT   NOT NULL,
    account TEXT   NOT NULL,
    device  TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    room    TEXT   NULL,
    PRIMARY KEY (vendor, account, device)
);
