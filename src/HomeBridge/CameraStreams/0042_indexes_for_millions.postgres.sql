-- With millions of views: what is running now, and what is old enough to go.
CREATE INDEX stream_grants_running ON stream_grants (redeemed_at) WHERE ended_at IS NULL;
CREATE INDEX stream_grants_granted ON stream_grants (granted_at);
