-- How a station is may come by ferry: when it came, and where the station's audit stood when it was said, so
-- that an old file does not take the place of what is newer.
ALTER TABLE contact
    ADD COLUMN ferry_at timestamptz,
    ADD COLUMN ferry_n  bigint NOT NULL DEFAULT 0;
