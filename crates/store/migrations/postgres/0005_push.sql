-- Where vendors may send word. One address a provider and team; the SHA-256 of its token. What comes is a hint: the page
-- is asked at once, and only what it says counts.
CREATE TABLE push_addresses (
    team UUID NOT NULL,
    provider TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    -- Encrypted with the instance's key; empty: what comes is not signed.
    secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    heard BIGINT NOT NULL,
    heard_at BIGINT,
    PRIMARY KEY (team, provider)
);
