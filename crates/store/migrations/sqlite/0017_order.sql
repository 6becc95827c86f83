-- What is due is looked at in the order in which it was written, so that what is taken, sent and written down together
-- lies together. What was sent leaves the index.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (leased, next_ms, id, channel) WHERE state = 'due';

-- Threads are short: a delivery keeps its place there, whatever becomes of it.
DROP INDEX deliveries_by_thread;
CREATE INDEX deliveries_by_thread ON deliveries (channel, thread, recipient, sequence, place);

-- Each wording of a rule once. A decision names it by its hash; those before this hold the rule itself.
CREATE TABLE rules (
    hash TEXT PRIMARY KEY,
    rule TEXT NOT NULL
) WITHOUT ROWID;

-- Decisions of one event and one group that say the same share a row.
CREATE TABLE decided (
    -- Of the first of them; those of the others follow.
    id INTEGER PRIMARY KEY,
    many INTEGER NOT NULL,
    -- JSON: of each its monitor, its channel and that one's name.
    whom TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    team BLOB NOT NULL,
    incident BLOB,
    change TEXT NOT NULL,
    at INTEGER NOT NULL,
    grp BLOB NOT NULL,
    grp_name TEXT NOT NULL,
    told BOOLEAN NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    rule TEXT NOT NULL
);
INSERT INTO decided (id, many, whom, sequence, team, incident, change, at, grp, grp_name, told, code, text, rule)
SELECT id, 1, json_array(json_array(hex(monitor), CASE WHEN channel IS NOT NULL THEN hex(channel) END, channel_name)),
       sequence, team, incident, change, at, grp, grp_name, told, code, text, rule FROM decisions;
DROP TABLE decisions;
ALTER TABLE decided RENAME TO decisions;
CREATE INDEX decisions_by_incident ON decisions (incident, id);
