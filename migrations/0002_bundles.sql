-- A delivery holds one event or, as a bundle, many: which ones stands in delivery_events, whose key
-- makes sure that nobody is told of an event twice. Tables that change too much to be altered are
-- written anew; what they held is kept.

CREATE TABLE deliveries_new (
    id             TEXT PRIMARY KEY,
    seq            BIGINT NOT NULL,
    -- The event's, or `digest` and the route's name.
    kind           TEXT NOT NULL,
    about          TEXT NOT NULL,
    notifier       TEXT NOT NULL,
    recipient      TEXT NOT NULL,
    destination    TEXT NOT NULL,
    subject        TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    due_ms         BIGINT NOT NULL,
    -- When it was to be sent first: what a throttle counts by.
    planned_ms     BIGINT NOT NULL,
    -- The destination asked not to be sent it before.
    not_before_ms  BIGINT,
    -- Set while a process is sending; still set after its end, the send may have arrived.
    lease_until_ms BIGINT,
    attempts       BIGINT NOT NULL,
    ambiguous      BIGINT NOT NULL,
    created_ms     BIGINT NOT NULL,
    -- When trying began: the creation, or the last replay.
    begun_ms       BIGINT NOT NULL,
    settled_ms     BIGINT,
    reason         TEXT,
    remote_id      TEXT,
    payload        TEXT,
    -- 1: it has been handed to the fallback of its notifier too.
    handed_on      BIGINT NOT NULL DEFAULT 0,
    -- Of routes that bundle: route, notifier and recipient in one word.
    stream         TEXT,
    -- What events join a bundle by; none where it holds one event for good.
    bundle         TEXT,
    bundle_reason  TEXT,
    members        BIGINT NOT NULL DEFAULT 1,
    -- 1: no more events join.
    sealed         BIGINT NOT NULL DEFAULT 1,
    from_ms        BIGINT,
    to_ms          BIGINT
);
INSERT INTO deliveries_new (id, seq, kind, about, notifier, recipient, destination, subject, state, due_ms, planned_ms,
    lease_until_ms, attempts, ambiguous, created_ms, begun_ms, settled_ms, reason, remote_id, payload)
SELECT d.id, d.seq, e.kind, e.about, d.notifier, d.recipient, d.destination, d.subject, d.state, d.due_ms, d.created_ms,
    d.lease_until_ms, d.attempts, d.ambiguous, d.created_ms, d.begun_ms, d.settled_ms, d.reason, d.remote_id, d.payload
FROM deliveries d JOIN events e ON e.id = d.event_id;

CREATE TABLE delivery_events (
    event_id    TEXT NOT NULL REFERENCES events (id),
    notifier    TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    -- Empty, or the route of a digest, which is told besides.
    purpose     TEXT NOT NULL,
    delivery_id TEXT NOT NULL REFERENCES deliveries_new (id),
    PRIMARY KEY (event_id, notifier, recipient, purpose)
);
INSERT INTO delivery_events (event_id, notifier, recipient, purpose, delivery_id)
SELECT event_id, notifier, recipient, '', id FROM deliveries;

CREATE TABLE attempts_new (
    delivery_id TEXT NOT NULL REFERENCES deliveries_new (id),
    seq         BIGINT NOT NULL,
    at_ms       BIGINT NOT NULL,
    took_ms     BIGINT NOT NULL,
    verdict     TEXT NOT NULL,
    -- Of HTTP or SMTP.
    status      BIGINT,
    note        TEXT NOT NULL,
    PRIMARY KEY (delivery_id, seq)
);
INSERT INTO attempts_new (delivery_id, seq, at_ms, took_ms, verdict, note)
SELECT delivery_id, seq, at_ms, took_ms, verdict, note FROM attempts;

DROP TABLE attempts;
DROP TABLE deliveries;
ALTER TABLE deliveries_new RENAME TO deliveries;
ALTER TABLE attempts_new RENAME TO attempts;

CREATE INDEX deliveries_due ON deliveries (notifier, due_ms) WHERE state = 'pending';
CREATE INDEX deliveries_order ON deliveries (notifier, recipient, subject, seq) WHERE state = 'pending';
CREATE INDEX deliveries_seq ON deliveries (seq);
CREATE INDEX deliveries_dead ON deliveries (seq) WHERE state = 'dead';
CREATE INDEX deliveries_bundle ON deliveries (bundle) WHERE bundle IS NOT NULL;
CREATE INDEX deliveries_stream ON deliveries (stream, planned_ms) WHERE stream IS NOT NULL;
CREATE INDEX deliveries_settled ON deliveries (settled_ms) WHERE settled_ms IS NOT NULL;
CREATE INDEX delivery_events_delivery ON delivery_events (delivery_id);

-- A breaker per destination: failures in a row, since when, and since when it is open.
ALTER TABLE destinations ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE destinations ADD COLUMN failing_since_ms BIGINT;
ALTER TABLE destinations ADD COLUMN opened_ms BIGINT;
ALTER TABLE destinations ADD COLUMN last_failure TEXT;

-- Which routes and notifiers an event was matched with, so that an audit compares like with like.
ALTER TABLE events ADD COLUMN routed_by TEXT;

-- What was seen of a call, and when: a short list of JSON, for `explain`.
ALTER TABLE calls ADD COLUMN history TEXT NOT NULL DEFAULT '[]';
