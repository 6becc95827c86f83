-- Where vendors may send word. One address a provider and team; the SHA-256 of its token. What comes is a hint: the page
-- is asked at once, and only what it says counts.
CREATE TABLE push_addresses (
    team BLOB NOT NULL,
    provider TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    -- Encrypted with the instance's key; empty: what comes is not signed.
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    heard INTEGER NOT NULL,
    heard_at INTEGER,
    PRIMARY KEY (team, provider)
);
