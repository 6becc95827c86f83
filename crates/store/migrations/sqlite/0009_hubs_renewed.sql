-- A subscription that is renewed stands beside the one it follows, until the hub has confirmed it.
CREATE TABLE hub_subscriptions_by_token (
    page BLOB NOT NULL,
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    -- SHA-256 of the token in our address, hex.
    hash TEXT NOT NULL PRIMARY KEY,
    -- Encrypted with the instance's key.
    secret BLOB NOT NULL,
    asked_at INTEGER NOT NULL,
    -- The hub has confirmed it until then.
    lease_until INTEGER
);
INSERT INTO hub_subscriptions_by_token (page, hub, topic, hash, secret, asked_at, lease_until)
    SELECT page, hub, topic, hash, secret, asked_at, lease_until FROM hub_subscriptions;
DROP TABLE hub_subscriptions;
ALTER TABLE hub_subscriptions_by_token RENAME TO hub_subscriptions;
CREATE INDEX hub_subscriptions_of_page ON hub_subscriptions (page);
