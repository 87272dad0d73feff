-- The audit and pruning walk rows by time, a few at a time, and go on where they stopped. Thousands
-- of rows may share a moment, as a poll gives it to all that it saw, so the id is in the index too.
DROP INDEX calls_updated;
CREATE INDEX calls_updated ON calls (updated_ms, call_id);
DROP INDEX events_observed;
CREATE INDEX events_observed ON events (observed_ms, id);
DROP INDEX deliveries_settled;
CREATE INDEX deliveries_settled ON deliveries (settled_ms, id) WHERE settled_ms IS NOT NULL;

-- Set: somebody asked to forget the call. What is left is its id, and nothing is written to it any more.
ALTER TABLE calls ADD COLUMN forgotten_ms BIGINT;
