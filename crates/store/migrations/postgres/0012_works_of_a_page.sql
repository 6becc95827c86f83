-- Work that a page tells of again is looked for by the vendor's id.
CREATE INDEX maintenances_of_page ON maintenances (page, vendor_id);
