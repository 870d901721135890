-- What the journal needs to do a save again: which form was filed.
ALTER TABLE outbox ADD COLUMN draft BLOB;

-- Sealed pages that cannot be read any more and could not be had from anywhere else.
CREATE TABLE page_lost (
    sha256     TEXT PRIMARY KEY NOT NULL,
    noticed_at TEXT NOT NULL
) WITHOUT ROWID;
