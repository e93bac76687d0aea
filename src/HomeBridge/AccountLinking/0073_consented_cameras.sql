-- What a resident said about each camera that was offered when they agreed, as it was then: switches that change later stand on
-- the binding. No recordings are shared, so every consent says no to them: whoever shares some must ask anew.
CREATE TABLE consented_cameras (
    account_link TEXT   NOT NULL REFERENCES account_links (id),
    device       TEXT   NOT NULL,
    live_video   BIGINT NOT NULL,
    sound        BIGINT NOT NULL,
    recordings   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_link, device)
);
