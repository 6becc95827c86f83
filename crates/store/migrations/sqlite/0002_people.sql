-- Same numbers and names as in migrations/postgres. Times are whole seconds since 1970 in UTC unless a name says _ms.

-- People who may change things.
CREATE TABLE users (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    -- Lower case.
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Argon2id in PHC form.
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

-- Signed-in browsers: SHA-256 of what their cookie holds.
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    person BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person);

-- Tokens of programs: SHA-256 of each.
CREATE TABLE tokens (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    person BLOB NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    used_at INTEGER
);

-- The link that makes the owner: SHA-256 of its token. There is one at most.
CREATE TABLE welcome (hash TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;

-- A paused monitor is neither polled for nor told of; told_at: its group was told once of what was open already.
ALTER TABLE monitors ADD COLUMN paused BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE monitors ADD COLUMN told_at INTEGER;
-- What was deleted by hand can be brought back for a while.
ALTER TABLE monitors ADD COLUMN removed_at INTEGER;

-- A name is free again once its bearer was deleted; SQLite takes that only from a table made anew.
CREATE TABLE channels_new (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- JSON, encrypted with the instance's key.
    settings BLOB NOT NULL,
    declared BOOLEAN NOT NULL,
    disabled TEXT,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
);
INSERT INTO channels_new SELECT id, team, name, kind, settings, declared, disabled, created_at, NULL FROM channels;
DROP TABLE channels;
ALTER TABLE channels_new RENAME TO channels;

CREATE TABLE groups_new (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    channels TEXT NOT NULL,
    declared BOOLEAN NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
);
INSERT INTO groups_new SELECT id, team, name, rule, channels, declared, created_at, NULL FROM groups;
DROP TABLE groups;
ALTER TABLE groups_new RENAME TO groups;
CREATE UNIQUE INDEX channels_by_name ON channels (team, name) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX groups_by_name ON groups (team, name) WHERE removed_at IS NULL;
