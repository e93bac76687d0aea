-- With millions of links: the newest first for operators, and the bridge's own among all of them.
CREATE INDEX account_links_newest ON account_links (linked_at DESC) WHERE ended_at IS NULL AND linked_at IS NOT NULL;
CREATE INDEX account_links_platform ON account_links (platform, ended_at);
