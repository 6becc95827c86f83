-- Same numbers and names as in migrations/sqlite. Times are whole seconds since 1970 in UTC unless a name says _ms.

CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE teams (id UUID PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL);

-- A provider's status page. team is null for pages of the catalogue, which all teams share.
CREATE TABLE pages (
    id UUID PRIMARY KEY,
    provider TEXT NOT NULL,
    url TEXT NOT NULL,
    team UUID,
    platform TEXT,
    evidence TEXT NOT NULL DEFAULT '[]',
    created_at BIGINT NOT NULL,
    UNIQUE (provider, url)
);

-- What the domain remembers of a page (JSON), what its platform remembers (JSON), validators by surface (JSON).
CREATE TABLE page_states (
    page UUID PRIMARY KEY,
    health TEXT NOT NULL,
    last_known TEXT,
    read_at BIGINT,
    failures BIGINT NOT NULL,
    reason TEXT,
    wake_at BIGINT,
    active BOOLEAN NOT NULL,
    state BYTEA NOT NULL,
    memory TEXT NOT NULL,
    validators TEXT NOT NULL
);

-- When a page was looked at without a gap: hours outside these spans are not counted as up.
CREATE TABLE coverage (page UUID NOT NULL, from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, PRIMARY KEY (page, from_at));

-- Bytes of answers by their SHA-256, compressed with zstd.
CREATE TABLE payloads (
    hash TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    seen_at BIGINT NOT NULL,
    needed BOOLEAN NOT NULL
);
CREATE INDEX payloads_by_age ON payloads (needed, seen_at);

CREATE TABLE readings (
    id UUID PRIMARY KEY,
    page UUID NOT NULL,
    at BIGINT NOT NULL,
    health TEXT NOT NULL,
    body BYTEA NOT NULL,
    payloads TEXT NOT NULL
);
CREATE INDEX readings_by_page ON readings (page, at);

CREATE TABLE incidents (
    id UUID PRIMARY KEY,
    page UUID NOT NULL,
    provider TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    state TEXT NOT NULL,
    impact TEXT NOT NULL,
    sample BOOLEAN NOT NULL,
    imported BOOLEAN NOT NULL,
    sort_at BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX incidents_by_provider ON incidents (provider, sort_at);
CREATE INDEX incidents_by_age ON incidents (sort_at, id);
CREATE INDEX incidents_open ON incidents (state, sort_at);

CREATE TABLE incident_aliases (
    page UUID NOT NULL,
    surface TEXT NOT NULL,
    native_id TEXT NOT NULL,
    incident UUID NOT NULL,
    PRIMARY KEY (page, surface, native_id)
);

CREATE TABLE maintenances (
    id UUID PRIMARY KEY,
    page UUID NOT NULL,
    provider TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    sample BOOLEAN NOT NULL,
    starts_at BIGINT,
    ends_at BIGINT,
    record TEXT NOT NULL
);
CREATE INDEX maintenances_by_start ON maintenances (starts_at);
CREATE INDEX maintenances_by_provider ON maintenances (provider, starts_at);

-- The journal.
CREATE TABLE events (
    sequence BIGINT PRIMARY KEY,
    id UUID NOT NULL,
    page UUID NOT NULL,
    provider TEXT NOT NULL,
    type TEXT NOT NULL,
    subject UUID,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX events_by_subject ON events (subject, sequence);

CREATE TABLE decisions (
    id BIGSERIAL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    team UUID NOT NULL,
    incident UUID,
    change TEXT NOT NULL,
    at BIGINT NOT NULL,
    monitor UUID NOT NULL,
    grp UUID NOT NULL,
    grp_name TEXT NOT NULL,
    channel UUID,
    channel_name TEXT,
    told BOOLEAN NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    rule TEXT NOT NULL
);
CREATE INDEX decisions_by_incident ON decisions (incident, id);

CREATE TABLE channels (
    id UUID PRIMARY KEY,
    team UUID NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- JSON, encrypted with the instance's key.
    settings BYTEA NOT NULL,
    declared BOOLEAN NOT NULL,
    disabled TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (team, name)
);

CREATE TABLE groups (
    id UUID PRIMARY KEY,
    team UUID NOT NULL,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    channels TEXT NOT NULL,
    declared BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (team, name)
);

CREATE TABLE monitors (
    id UUID PRIMARY KEY,
    team UUID NOT NULL,
    provider TEXT NOT NULL,
    components TEXT NOT NULL,
    groups TEXT NOT NULL,
    declared BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX monitors_by_provider ON monitors (provider);

-- Providers that somebody added beside the catalogue.
CREATE TABLE providers (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    page TEXT NOT NULL,
    platform TEXT,
    interval_s BIGINT,
    team UUID,
    declared BOOLEAN NOT NULL
);

CREATE TABLE deliveries (
    id UUID PRIMARY KEY,
    team UUID NOT NULL,
    sequence BIGINT NOT NULL,
    event TEXT NOT NULL,
    subject UUID,
    channel UUID NOT NULL,
    channel_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- One incident (or maintenance, or page) towards one channel: kept in order.
    thread TEXT NOT NULL,
    reason TEXT NOT NULL,
    recipient TEXT NOT NULL,
    content_type TEXT NOT NULL,
    body BYTEA NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    next_ms BIGINT NOT NULL,
    -- An attempt is under way; what is leased at a start was cut off and is due again.
    leased BOOLEAN NOT NULL,
    remote TEXT
);
CREATE INDEX deliveries_due ON deliveries (state, leased, next_ms);
CREATE INDEX deliveries_by_thread ON deliveries (channel, thread, state, sequence);
CREATE INDEX deliveries_by_age ON deliveries (created_ms, id);

CREATE TABLE attempts (
    delivery UUID NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    status BIGINT,
    latency_ms BIGINT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (delivery, number)
);

-- Recipients who asked not to hear from a channel any more.
CREATE TABLE suppressions (
    team UUID NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    at BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (team, channel, recipient)
);

CREATE SEQUENCE event_sequence;
