-- A snapshot on its way: its header (place 0) and the chunks that have come and are what they should
-- be, packed as they came. Nothing of it counts before the last one is there. What is loaded, and what
-- turned out to be no snapshot, stands in `meta`.
CREATE TABLE snapshot_part (
    place INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
);
