-- How much of each log is in a backup that was verified by a restore: stations keep what lies beyond.
ALTER TABLE installation ADD COLUMN durable bigint NOT NULL DEFAULT 0 CHECK (durable >= 0);
