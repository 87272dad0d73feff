-- What a delivery does at its destination: `message` posts one, `card` posts a batch's live card once and
-- edits it from then on, `edit` changes the message in which a call's end was told.
ALTER TABLE deliveries ADD COLUMN form TEXT NOT NULL DEFAULT 'message';

-- The threads that hold the messages of a batch's calls. An empty id: none can be had there.
CREATE TABLE threads (
    destination TEXT NOT NULL,
    batch       TEXT NOT NULL,
    thread_id   TEXT NOT NULL,
    opened_ms   BIGINT NOT NULL,
    PRIMARY KEY (destination, batch)
);
CREATE INDEX threads_opened ON threads (opened_ms);
