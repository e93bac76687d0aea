CREATE INDEX account_links_agent_user ON account_links (agent_user_id, ended_at);
