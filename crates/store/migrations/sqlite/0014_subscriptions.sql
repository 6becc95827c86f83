-- Those who have no account and are told what becomes of something.
CREATE TABLE subscriptions (
    id BLOB PRIMARY KEY,
    team BLOB NOT NULL,
    -- What it is to: `provider`, with its slug.
    target_kind TEXT NOT NULL,
    target TEXT NOT NULL,
    -- A kind of channel, with its settings, sealed.
    kind TEXT NOT NULL,
    settings BLOB NOT NULL,
    -- A keyed hash of where it is sent: each address is subscribed once.
    address_hash TEXT NOT NULL,
    -- It was made by somebody who is known here.
    trusted BOOLEAN NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (target_kind, target, kind, address_hash)
) WITHOUT ROWID;
CREATE INDEX subscriptions_by_target ON subscriptions (target_kind, target, id);

-- What all subscribers of something are told, until each of them has it in the outbox. The event is in the journal.
CREATE TABLE circulars (
    sequence INTEGER NOT NULL,
    target_kind TEXT NOT NULL,
    target TEXT NOT NULL,
    page BLOB NOT NULL,
    -- They have heard nothing of its subject before.
    first BOOLEAN NOT NULL,
    -- The last subscription that has it.
    reached BLOB,
    PRIMARY KEY (sequence, target_kind, target)
) WITHOUT ROWID;
