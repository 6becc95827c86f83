-- Same numbers and names as in migrations/sqlite. Times are whole seconds since 1970 in UTC unless a name says _ms.

-- People who may change things.
CREATE TABLE users (
    id UUID PRIMARY KEY,
    team UUID NOT NULL,
    -- Lower case.
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Argon2id in PHC form.
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Signed-in browsers: SHA-256 of what their cookie holds.
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    person UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person);

-- Tokens of programs: SHA-256 of each.
CREATE TABLE tokens (
    id UUID PRIMARY KEY,
    team UUID NOT NULL,
    person UUID NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);

-- The link that makes the owner: SHA-256 of its token. There is one at most.
CREATE TABLE welcome (hash TEXT PRIMARY KEY, expires_at BIGINT NOT NULL);

-- A paused monitor is neither polled for nor told of; told_at: its group was told once of what was open already.
ALTER TABLE monitors ADD COLUMN paused BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE monitors ADD COLUMN told_at BIGINT;
-- What was deleted by hand can be brought back for a while.
ALTER TABLE monitors ADD COLUMN removed_at BIGINT;

-- A name is free again once its bearer was deleted.
ALTER TABLE channels DROP CONSTRAINT channels_team_name_key;
ALTER TABLE channels ADD COLUMN removed_at BIGINT;
ALTER TABLE groups DROP CONSTRAINT groups_team_name_key;
ALTER TABLE groups ADD COLUMN removed_at BIGINT;
CREATE UNIQUE INDEX channels_by_name ON channels (team, name) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX groups_by_name ON groups (team, name) WHERE removed_at IS NULL;
