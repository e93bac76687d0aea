-- When the resident who let the app in had last signed in at the maker. Null for sessions of before: those know nothing.
ALTER TABLE companion_sessions ADD COLUMN signed_in_at BIGINT NULL;
