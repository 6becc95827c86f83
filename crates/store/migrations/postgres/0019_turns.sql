-- Readings of one page and one second keep their order: turn counts them from 0.
ALTER TABLE readings ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
UPDATE readings SET turn = placed.turn
FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY page, at ORDER BY id) - 1 AS turn FROM readings) AS placed
WHERE readings.id = placed.id AND placed.turn > 0;
ALTER TABLE readings ALTER COLUMN turn DROP DEFAULT;
ALTER TABLE readings DROP CONSTRAINT readings_pkey;
ALTER TABLE readings ADD PRIMARY KEY (page, at, turn);
ALTER TABLE readings DROP COLUMN id;
