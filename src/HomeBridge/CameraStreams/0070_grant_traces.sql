-- The trace that a grant is a part of, for whoever redeems it, at whichever replica (W3C's traceparent). NULL when it isn't traced.
ALTER TABLE stream_grants ADD COLUMN trace TEXT;
