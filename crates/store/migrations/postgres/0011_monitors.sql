-- What a group's rule may ask for, and monitors that only keep people aware.
ALTER TABLE monitors ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE monitors ADD COLUMN aware BOOLEAN NOT NULL DEFAULT FALSE;
