-- Which payloads a reading was made of, and the health it came to. What else it said is read again from the payloads.
DROP INDEX readings_by_page;
ALTER TABLE readings DROP CONSTRAINT readings_pkey;
ALTER TABLE readings ADD PRIMARY KEY (page, at, id);
ALTER TABLE readings DROP COLUMN body;
