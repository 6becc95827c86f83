-- What many channels are told in the same words is kept once.
CREATE TABLE bodies (
    hash TEXT PRIMARY KEY,
    body BYTEA NOT NULL
);
-- The body of a delivery whose own is empty.
ALTER TABLE deliveries ADD COLUMN shared TEXT;
