-- The signed word that an order which a station may have is taken back: handed out until the station has
-- said what became of it.
ALTER TABLE station_order ADD COLUMN withdrawal text;
ALTER TABLE station_order ADD COLUMN withdrawal_signature text;
ALTER TABLE station_order ADD CHECK ((withdrawal IS NULL) = (withdrawal_signature IS NULL));
CREATE INDEX station_order_withdrawal ON station_order (installation) WHERE withdrawal IS NOT NULL;
