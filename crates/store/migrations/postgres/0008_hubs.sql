-- Subscriptions with WebSub hubs: one a page. The hub is known by the token in the address it calls, and by its signature.
CREATE TABLE hub_subscriptions (
    page UUID NOT NULL PRIMARY KEY,
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    -- SHA-256 of the token in our address, hex.
    hash TEXT NOT NULL UNIQUE,
    -- Encrypted with the instance's key.
    secret BYTEA NOT NULL,
    asked_at BIGINT NOT NULL,
    -- The hub has confirmed it until then.
    lease_until BIGINT
);
