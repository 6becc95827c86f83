-- What opens a provider's page, encrypted with the instance's key.
CREATE TABLE doors (
    provider TEXT NOT NULL PRIMARY KEY,
    kept BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
