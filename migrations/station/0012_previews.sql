-- A small picture of each page goes first. Pages that were waiting before have none sent either.
ALTER TABLE page_out ADD COLUMN previewed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX page_out_unseen ON page_out (place) WHERE sent = 0 AND previewed = 0;
