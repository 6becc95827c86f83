-- Named pages of some providers, for people to share. entries: JSON, in their order on the page.
CREATE TABLE boards (
    id UUID PRIMARY KEY,
    team UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    about TEXT NOT NULL,
    visibility TEXT NOT NULL,
    entries TEXT NOT NULL,
    declared BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX boards_by_slug ON boards (slug) WHERE removed_at IS NULL;

-- How often the unguessable address of a board was made anew; it outlives a declared board, which is written at each start.
CREATE TABLE board_addresses (board UUID PRIMARY KEY, renewed BIGINT NOT NULL);
