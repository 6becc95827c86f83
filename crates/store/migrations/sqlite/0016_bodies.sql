-- What many channels are told in the same words is kept once.
CREATE TABLE bodies (
    hash TEXT PRIMARY KEY,
    body BLOB NOT NULL
) WITHOUT ROWID;
-- The body of a delivery whose own is empty.
ALTER TABLE deliveries ADD COLUMN shared TEXT;
