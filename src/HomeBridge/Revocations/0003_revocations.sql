-- What ended for good and must reach every gateway: a link, or one device of a link.
CREATE TABLE revocations (
    seq          INTEGER NOT NULL PRIMARY KEY,
    at           BIGINT  NOT NULL,
    account_link TEXT    NOT NULL,
    device       TEXT    NULL
);
