-- A station can be told to serve another community.
ALTER TABLE station_order DROP CONSTRAINT station_order_kind_check;
ALTER TABLE station_order ADD CONSTRAINT station_order_kind_check
    CHECK (kind IN ('log_extract', 'resync', 'wipe', 'revoke', 'remap'));

-- Set while a machine that goes on at another community has not spoken from there yet: its first word
-- ends the order, and the installation that it was.
ALTER TABLE installation ADD COLUMN moving_from uuid REFERENCES installation;
CREATE INDEX installation_moving ON installation (moving_from) WHERE moving_from IS NOT NULL;
