-- Walks over what is new go by time and, within one moment, by id: a poll gives all that it saw the
-- same moment, which may be many thousand rows.
DROP INDEX events_observed;
CREATE INDEX events_observed ON events (observed_ms, id);
DROP INDEX calls_updated;
CREATE INDEX calls_updated ON calls (updated_ms, account, call_id);
