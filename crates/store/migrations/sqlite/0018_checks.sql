-- Tests of our own. state: what is remembered of one (JSON): its calls as far as they count, what was spent, what it warns of.
CREATE TABLE checks (id BLOB PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;

-- Each try, newest kept; body: the call (JSON, packed). recorded: both sides lie in files beside the database.
CREATE TABLE calls (
    id BLOB PRIMARY KEY,
    owner BLOB NOT NULL,
    at INTEGER NOT NULL,
    recorded BOOLEAN NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX calls_by_owner ON calls (owner, at, id);

-- Signs of our own that something is wrong. state: open or closed; record: the warning (JSON).
CREATE TABLE warnings (
    id BLOB PRIMARY KEY,
    owner BLOB NOT NULL,
    provider TEXT,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX warnings_by_start ON warnings (started_at, id);
CREATE INDEX warnings_by_provider ON warnings (provider, started_at, id);
