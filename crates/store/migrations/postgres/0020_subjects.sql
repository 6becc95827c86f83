-- Somebody may take care of a warning, too.
ALTER TABLE acknowledgements RENAME COLUMN incident TO subject;
