-- Same numbers and names as in migrations/postgres. Times are whole seconds since 1970 in UTC unless a name says _ms.

CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE teams (id BLOB PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL);

-- A provider's status page. team is null for pages of the catalogue, which all teams share.
CREATE TABLE pages (
    id BLOB PRIMARY KEY,
    provider TEXT NOT NULL,
    url TEXT NOT NULL,
    team BLOB,
    platform TEXT,
    evidence TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL,
    UNIQUE (provider, url)
);

-- What the domain remembers of a page (JSON), what its platform remembers (JSON), validators by surface (JSON).
CREATE TABLE page_states (
    page BLOB PRIMARY KEY,
    health TEXT NOT NULL,
    last_known TEXT,
    read_at INTEGER,
    failures INTEGER NOT NULL,
    reason TEXT,
    wake_at INTEGER,
    active BOOLEAN NOT NULL,
    state BLOB NOT NULL,
    memory TEXT NOT NULL,
    validators TEXT NOT NULL
);

-- When a page was looked at without a gap: hours outside these spans are not counted as up.
CREATE TABLE coverage (page BLOB NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, PRIMARY KEY (page, from_at)) WITHOUT ROWID;

-- Bytes of answers by their SHA-256, compressed with zstd.
CREATE TABLE payloads (
    hash TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    seen_at INTEGER NOT NULL,
    needed BOOLEAN NOT NULL
);
CREATE INDEX payloads_by_age ON payloads (needed, seen_at);

CREATE TABLE readings (
    id BLOB PRIMARY KEY,
    page BLOB NOT NULL,
    at INTEGER NOT NULL,
    health TEXT NOT NULL,
    body BLOB NOT NULL,
    payloads TEXT NOT NULL
);
CREATE INDEX readings_by_page ON readings (page, at);

CREATE TABLE incidents (
    id BLOB PRIMARY KEY,
    page BLOB NOT NULL,
    provider TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    state TEXT NOT NULL,
    impact TEXT NOT NULL,
    sample BOOLEAN NOT NULL,
    imported BOOLEAN NOT NULL,
    sort_at INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX incidents_by_provider ON incidents (provider, sort_at);
CREATE INDEX incidents_by_age ON incidents (sort_at, id);
CREATE INDEX incidents_open ON incidents (state, sort_at);

CREATE TABLE incident_aliases (
    page BLOB NOT NULL,
    surface TEXT NOT NULL,
    native_id TEXT NOT NULL,
    incident BLOB NOT NULL,
    PRIMARY KEY (page, surface, native_id)
) WITHOUT ROWID;

CREATE TABLE maintenances (
    id BLOB PRIMARY KEY,
    page BLOB NOT NULL,
    provider TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    sample BOOLEAN NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    record TEXT NOT NULL
);
CREATE INDEX maintenances_by_start ON maintenances (starts_at);
CREATE INDEX maintenances_by_provider ON maintenances (provider, starts_at);

-- The journal.
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    page BLOB NOT NULL,
    provider TEXT NOT NULL,
    type TEXT NOT NULL,
    subject BLOB,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX events_by_subject ON events (subject, sequence);

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sequence INTEGER NOT NULL,
    team BLOB NOT NULL,
    incident BLOB,
    change TEXT NOT NULL,
    at INTEGER NOT NULL,
    monitor BLOB NOT NULL,
    grp BLOB NOT NULL,
    grp_name TEXT NOT NULL,
    channel BLOB,
    channel_name TEXT,
    told BOOLEAN NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    rule TEXT NOT NULL
);
CREATE INDEX decisions_by_incident ON decisions (incident, id);

CREATE TABLE channels (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- JSON, encrypted with the instance's key.
    settings BLOB NOT NULL,
    declared BOOLEAN NOT NULL,
    disabled TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (team, name)
);

CREATE TABLE groups (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    channels TEXT NOT NULL,
    declared BOOLEAN NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (team, name)
);

CREATE TABLE monitors (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    provider TEXT NOT NULL,
    components TEXT NOT NULL,
    groups TEXT NOT NULL,
    declared BOOLEAN NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX monitors_by_provider ON monitors (provider);

-- Providers that somebody added beside the catalogue.
CREATE TABLE providers (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    page TEXT NOT NULL,
    platform TEXT,
    interval_s INTEGER,
    team BLOB,
    declared BOOLEAN NOT NULL
);

CREATE TABLE deliveries (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    event TEXT NOT NULL,
    subject BLOB,
    channel BLOB NOT NULL,
    channel_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- One incident (or maintenance, or page) towards one channel: kept in order.
    thread TEXT NOT NULL,
    reason TEXT NOT NULL,
    recipient TEXT NOT NULL,
    content_type TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    next_ms INTEGER NOT NULL,
    -- An attempt is under way; what is leased at a start was cut off and is due again.
    leased BOOLEAN NOT NULL,
    remote TEXT
);
CREATE INDEX deliveries_due ON deliveries (state, leased, next_ms);
CREATE INDEX deliveries_by_thread ON deliveries (channel, thread, state, sequence);
CREATE INDEX deliveries_by_age ON deliveries (created_ms, id);

CREATE TABLE attempts (
    delivery BLOB NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    latency_ms INTEGER NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (delivery, number)
) WITHOUT ROWID;

-- Recipients who asked not to hear from a channel any more.
CREATE TABLE suppressions (
    team BLOB NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    at INTEGER NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (team, channel, recipient)
) WITHOUT ROWID;
