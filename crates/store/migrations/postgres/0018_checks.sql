-- Tests of our own. state: what is remembered of one (JSON): its calls as far as they count, what was spent, what it warns of.
CREATE TABLE checks (id UUID PRIMARY KEY, state TEXT NOT NULL);

-- Each try, newest kept; body: the call (JSON, packed). recorded: both sides lie in files beside the database.
CREATE TABLE calls (
    id UUID PRIMARY KEY,
    owner UUID NOT NULL,
    at BIGINT NOT NULL,
    recorded BOOLEAN NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX calls_by_owner ON calls (owner, at, id);

-- Signs of our own that something is wrong. state: open or closed; record: the warning (JSON).
CREATE TABLE warnings (
    id UUID PRIMARY KEY,
    owner UUID NOT NULL,
    provider TEXT,
    state TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX warnings_by_start ON warnings (started_at, id);
CREATE INDEX warnings_by_provider ON warnings (provider, started_at, id);
