-- Readings of one page and one second keep their order: turn counts them from 0.
CREATE TABLE readings_in_turn (
    page BLOB NOT NULL,
    at INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    health TEXT NOT NULL,
    payloads TEXT NOT NULL,
    PRIMARY KEY (page, at, turn)
) WITHOUT ROWID;
INSERT INTO readings_in_turn (page, at, turn, health, payloads)
SELECT page, at, ROW_NUMBER() OVER (PARTITION BY page, at ORDER BY id) - 1, health, payloads FROM readings;
DROP TABLE readings;
ALTER TABLE readings_in_turn RENAME TO readings;
