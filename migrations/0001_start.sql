-- One text for SQLite and PostgreSQL: columns are TEXT and BIGINT only, times are milliseconds
-- since 1970 in UTC, absent values are NULL.

CREATE TABLE calls (
    account      TEXT NOT NULL,
    call_id      TEXT NOT NULL,
    phase        TEXT NOT NULL CHECK (phase IN ('live', 'settling', 'done')),
    next_look_ms BIGINT,
    row_hash     BIGINT NOT NULL,
    outcome      TEXT,
    batch_id     TEXT,
    created_ms   BIGINT,
    snapshot     TEXT NOT NULL,
    memory       TEXT NOT NULL,
    updated_ms   BIGINT NOT NULL,
    PRIMARY KEY (account, call_id)
);
CREATE INDEX calls_look ON calls (account, next_look_ms) WHERE next_look_ms IS NOT NULL;
CREATE INDEX calls_open ON calls (account, created_ms) WHERE phase <> 'done';
CREATE INDEX calls_batch ON calls (account, batch_id, outcome) WHERE batch_id IS NOT NULL;
CREATE INDEX calls_updated ON calls (updated_ms);

CREATE TABLE batches (
    account    TEXT NOT NULL,
    batch_id   TEXT NOT NULL,
    phase      TEXT NOT NULL CHECK (phase IN ('live', 'settling', 'done')),
    snapshot   TEXT NOT NULL,
    memory     TEXT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (account, batch_id)
);
CREATE INDEX batches_open ON batches (account) WHERE phase <> 'done';

CREATE TABLE notes (
    note_key   TEXT PRIMARY KEY,
    note_value TEXT NOT NULL
);

CREATE TABLE follows (
    account  TEXT NOT NULL,
    id       TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('call', 'batch', 'either')),
    watch    TEXT NOT NULL,
    wanted   BIGINT NOT NULL,
    taken_up BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE events (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    about       TEXT NOT NULL,
    subject     TEXT NOT NULL,
    account     TEXT NOT NULL,
    at_ms       BIGINT NOT NULL,
    observed_ms BIGINT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX events_about ON events (about, observed_ms);
CREATE INDEX events_observed ON events (observed_ms);

CREATE TABLE deliveries (
    id             TEXT PRIMARY KEY,
    seq            BIGINT NOT NULL,
    event_id       TEXT NOT NULL REFERENCES events (id),
    notifier       TEXT NOT NULL,
    recipient      TEXT NOT NULL,
    destination    TEXT NOT NULL,
    subject        TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    due_ms         BIGINT NOT NULL,
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
    payload        TEXT
);
CREATE INDEX deliveries_due ON deliveries (notifier, due_ms) WHERE state = 'pending';
CREATE INDEX deliveries_order ON deliveries (notifier, recipient, subject, seq) WHERE state = 'pending';
CREATE INDEX deliveries_event ON deliveries (event_id);
CREATE INDEX deliveries_seq ON deliveries (seq);
CREATE INDEX deliveries_dead ON deliveries (seq) WHERE state = 'dead';

CREATE TABLE attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    seq         BIGINT NOT NULL,
    at_ms       BIGINT NOT NULL,
    took_ms     BIGINT NOT NULL,
    verdict     TEXT NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (delivery_id, seq)
);

CREATE TABLE destinations (
    name            TEXT PRIMARY KEY,
    paused_until_ms BIGINT,
    stopped_reason  TEXT
);
