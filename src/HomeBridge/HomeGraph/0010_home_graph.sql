-- What the platform knows an account by, and how reporting to it stands. Made by the first SYNC.
CREATE TABLE home_graph_users (
    agent_user_id      TEXT   NOT NULL PRIMARY KEY,
    vendor             TEXT   NOT NULL,
    account            TEXT   NOT NULL,
    synced_at          BIGINT NULL,
    unlinked_at        BIGINT NULL,
    reports_not_before BIGINT NOT NULL DEFAULT 0,
    not_found_at       BIGINT NULL,
    succeeded_at       BIGINT NULL,
    failed_at          BIGINT NULL,
    last_error         TEXT   NULL
);

CREATE INDEX home_graph_users_account ON home_graph_users (vendor, account);

-- What each link was answered in its last SYNC, as a hash.
CREATE TABLE home_graph_links (
    account_link   TEXT NOT NULL PRIMARY KEY,
    agent_user_id  TEXT NOT NULL,
    announced_hash TEXT NOT NULL
);

CREATE INDEX home_graph_links_user ON home_graph_links (agent_user_id);

-- One row per announced device: the newest state, and what the platform was last told. Newer states take the place of
-- older ones, so this is as long as the home is large. is_pending: 0 nothing to tell, 1 to be told, 2 held back by a
-- suspension. is_uncertain: the platform may have heard more than we know. is_suspect: was refused, goes alone.
CREATE TABLE home_graph_states (
    agent_user_id TEXT   NOT NULL,
    device        TEXT   NOT NULL,
    newest        TEXT   NULL,
    told          TEXT   NULL,
    version       BIGINT NOT NULL DEFAULT 0,
    is_pending    BIGINT NOT NULL DEFAULT 0,
    is_uncertain  BIGINT NOT NULL DEFAULT 0,
    is_suspect    BIGINT NOT NULL DEFAULT 0,
    since         BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (agent_user_id, device)
);

CREATE INDEX home_graph_states_device ON home_graph_states (device);
CREATE INDEX home_graph_states_pending ON home_graph_states (agent_user_id, is_pending, since);

-- Each one is sent by itself and in order.
CREATE TABLE home_graph_notifications (
    seq           INTEGER NOT NULL PRIMARY KEY,
    agent_user_id TEXT    NOT NULL,
    device        TEXT    NOT NULL,
    event_id      TEXT    NOT NULL,
    payload       TEXT    NOT NULL,
    queued_at     BIGINT  NOT NULL,
    UNIQUE (agent_user_id, device, event_id)
);

-- What is to be done for whom, and from when. The oldest due is served first, one thing at a time per user.
CREATE TABLE home_graph_work (
    agent_user_id TEXT   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('delete', 'probe', 'sync', 'refresh', 'notifications', 'states')),
    due_at        BIGINT NOT NULL,
    asked         BIGINT NOT NULL DEFAULT 1,
    failures      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (agent_user_id, kind)
);

CREATE INDEX home_graph_work_due ON home_graph_work (due_at);

-- One row: up to where ended links were dealt with.
CREATE TABLE home_graph_cursor (
    only_row   INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    revocation BIGINT  NOT NULL
);
