-- Which payloads a reading was made of, and the health it came to. What else it said is read again from the payloads.
CREATE TABLE readings_by_page_and_time (
    page BLOB NOT NULL,
    at INTEGER NOT NULL,
    id BLOB NOT NULL,
    health TEXT NOT NULL,
    payloads TEXT NOT NULL,
    PRIMARY KEY (page, at, id)
) WITHOUT ROWID;
INSERT INTO readings_by_page_and_time (page, at, id, health, payloads) SELECT page, at, id, health, payloads FROM readings;
DROP TABLE readings;
ALTER TABLE readings_by_page_and_time RENAME TO readings;
