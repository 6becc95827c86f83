-- What a channel is told later: what is kept of it (JSON), and when it is due.
CREATE TABLE trays (id UUID PRIMARY KEY, team UUID NOT NULL, channel UUID NOT NULL, due_at BIGINT NOT NULL, kept TEXT NOT NULL);

-- What a team does not want to hear for a while, and for how long; until_at is null where somebody has to end it.
CREATE TABLE silences (
    id UUID PRIMARY KEY,
    team UUID NOT NULL,
    provider TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    until_at BIGINT,
    silence TEXT NOT NULL
);

-- Who takes care of an incident.
CREATE TABLE acknowledgements (
    team UUID NOT NULL,
    incident UUID NOT NULL,
    provider TEXT NOT NULL,
    at BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    PRIMARY KEY (team, incident)
);

-- What a team knows better than the page: a health for a provider, or for one of its components.
CREATE TABLE overrides (
    team UUID NOT NULL,
    provider TEXT NOT NULL,
    -- Empty: the whole provider.
    component TEXT NOT NULL,
    health TEXT NOT NULL,
    -- It ends with the next change on the page.
    until_change BOOLEAN NOT NULL,
    until_at BIGINT,
    at BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (team, provider, component)
);
