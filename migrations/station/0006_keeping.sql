-- How long pictures stay after the centre has them, and who was told how their data are handled.

-- When a page was first seen to be at the centre, how far the log went then, and when its picture was
-- taken away here because its time had run out.
ALTER TABLE page_out ADD COLUMN sent_at TEXT;
ALTER TABLE page_out ADD COLUMN sent_last INTEGER NOT NULL DEFAULT 0;
ALTER TABLE page_out ADD COLUMN purged_at TEXT;

-- By the keyed hash of the document's number; the first time counts.
CREATE TABLE notice_told (
    subject TEXT NOT NULL,
    version TEXT NOT NULL,
    told_at TEXT NOT NULL,
    staff   BLOB NOT NULL,
    PRIMARY KEY (subject, version)
) WITHOUT ROWID;
