-- What a message is among those of one notice (root, reply), and its place among them.
ALTER TABLE deliveries ADD COLUMN part TEXT NOT NULL DEFAULT 'root';
ALTER TABLE deliveries ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
-- log, state or alarm: what becomes of it when a newer one of its thread overtakes it.
ALTER TABLE deliveries ADD COLUMN keeping TEXT NOT NULL DEFAULT 'log';
-- It says that what the thread is about is over.
ALTER TABLE deliveries ADD COLUMN ends BOOLEAN NOT NULL DEFAULT FALSE;
-- It says where things stand, in place of news that came too late.
ALTER TABLE deliveries ADD COLUMN summary BOOLEAN NOT NULL DEFAULT FALSE;
-- An attempt broke off after the message was sent: it may have arrived.
ALTER TABLE deliveries ADD COLUMN unsure BOOLEAN NOT NULL DEFAULT FALSE;
-- From when on its age counts, and attempts made before: both move when somebody sends it again by hand.
ALTER TABLE deliveries ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0;
-- Why it ended as it did, where the attempts do not say.
ALTER TABLE deliveries ADD COLUMN why TEXT;
UPDATE deliveries SET since_ms = created_ms;

-- What waits for a channel that rests is passed over without looking at it.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (state, leased, next_ms, channel);

DROP INDEX deliveries_by_thread;
CREATE INDEX deliveries_by_thread ON deliveries (channel, thread, recipient, state, sequence, place);

-- What the other side calls the messages of a thread: the first one, and the latest.
CREATE TABLE threads (
    channel BLOB NOT NULL,
    thread TEXT NOT NULL,
    recipient TEXT NOT NULL,
    root TEXT,
    latest TEXT NOT NULL,
    PRIMARY KEY (channel, thread, recipient)
) WITHOUT ROWID;

-- What a channel's attempts came to since one last arrived (JSON); none: all is well.
CREATE TABLE channel_records (channel BLOB PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;

-- Settings that the other side changed, with the values they had. Encrypted with the instance's key.
CREATE TABLE channel_changes (
    channel BLOB NOT NULL,
    key TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (channel, key)
) WITHOUT ROWID;
