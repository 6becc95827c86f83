-- How pages are read that somebody described. What a configuration file declares goes before what was written by hand.
CREATE TABLE descriptions (
    provider TEXT NOT NULL,
    declared BOOLEAN NOT NULL,
    -- `json` or `html`.
    platform TEXT NOT NULL,
    -- The description as JSON, with its version.
    body TEXT NOT NULL,
    -- As somebody wrote it, with its remarks; empty where a configuration file has it.
    source TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    PRIMARY KEY (provider, declared)
);
