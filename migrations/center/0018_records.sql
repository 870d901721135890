-- Records are corrected: a number that was wrong, two records of one person, one record of two.

-- A document that named the person before, and still leads to them. Of the others there is one.
ALTER TABLE identity ADD COLUMN former boolean NOT NULL DEFAULT false;

-- What is locked with this key: documents that belong to one person, or did once. Whoever takes one
-- of them takes the others too, so that two decisions about one person never run side by side.
ALTER TABLE entity ADD COLUMN also bytea[];
