-- Whose linking attempt it is, from the sign-in on: a hash of maker and account, by which residents find their own.
ALTER TABLE journey_steps ADD COLUMN who TEXT NULL;

CREATE INDEX journey_steps_who ON journey_steps (who, seq);
