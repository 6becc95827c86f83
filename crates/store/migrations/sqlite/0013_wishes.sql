-- What a channel is told later: what is kept of it (JSON), and when it is due.
CREATE TABLE trays (id BLOB PRIMARY KEY, team BLOB NOT NULL, channel BLOB NOT NULL, due_at INTEGER NOT NULL, kept TEXT NOT NULL) WITHOUT ROWID;

-- What a team does not want to hear for a while, and for how long; until_at is null where somebody has to end it.
CREATE TABLE silences (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    provider TEXT NOT NULL,
    since_at INTEGER NOT NULL,
    until_at INTEGER,
    silence TEXT NOT NULL
) WITHOUT ROWID;

-- Who takes care of an incident.
CREATE TABLE acknowledgements (
    team BLOB NOT NULL,
    incident BLOB NOT NULL,
    provider TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_whom TEXT NOT NULL,
    PRIMARY KEY (team, incident)
) WITHOUT ROWID;

-- What a team knows better than the page: a health for a provider, or for one of its components.
CREATE TABLE overrides (
    team BLOB NOT NULL,
    provider TEXT NOT NULL,
    -- Empty: the whole provider.
    component TEXT NOT NULL,
    health TEXT NOT NULL,
    -- It ends with the next change on the page.
    until_change BOOLEAN NOT NULL,
    until_at INTEGER,
    at INTEGER NOT NULL,
    by_whom TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (team, provider, component)
) WITHOUT ROWID;
