-- When a platform last asked for something through a link, to the minute.
CREATE TABLE link_uses (
    account_link TEXT   NOT NULL PRIMARY KEY REFERENCES account_links (id),
    used_at      BIGINT NOT NULL
);
