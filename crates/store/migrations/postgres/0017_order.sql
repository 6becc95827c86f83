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
);

-- Decisions of one event and one group that say the same share a row.
CREATE TABLE decided (
    -- Of the first of them; those of the others follow.
    id BIGINT PRIMARY KEY,
    many BIGINT NOT NULL,
    -- JSON: of each its monitor, its channel and that one's name.
    whom TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    team UUID NOT NULL,
    incident UUID,
    change TEXT NOT NULL,
    at BIGINT NOT NULL,
    grp UUID NOT NULL,
    grp_name TEXT NOT NULL,
    told BOOLEAN NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    rule TEXT NOT NULL
);
INSERT INTO decided (id, many, whom, sequence, team, incident, change, at, grp, grp_name, told, code, text, rule)
SELECT id, 1, json_build_array(json_build_array(monitor, channel, channel_name))::text,
       sequence, team, incident, change, at, grp, grp_name, told, code, text, rule FROM decisions;
DROP TABLE decisions;
ALTER TABLE decided RENAME TO decisions;
CREATE INDEX decisions_by_incident ON decisions (incident, id);
